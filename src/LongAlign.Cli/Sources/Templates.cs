using LongAlign.Data;
using LongAlign.Models;

namespace LongAlign.Cli.Sources;

/// <summary>Chat templates by name.</summary>
internal static class Templates
{
    private static readonly ChatTemplate[] All =
    [
        ChatTemplate.LongAlignLlama, ChatTemplate.LongAlignChatGlm, ChatTemplate.Llama2, ChatTemplate.Llama3, ChatTemplate.Llama31, ChatTemplate.ChatMl,
        ChatTemplate.Qwen25, ChatTemplate.Qwen3, ChatTemplate.Mistral, ChatTemplate.MistralV3,
    ];

    /// <summary>The template of a name; "model" is the one of the model's folder, none is the paper's for the model's family.</summary>
    public static ChatTemplate Find(string? name, string modelFolder) => name switch
    {
        null => IsChatGlm(modelFolder) ? ChatTemplate.LongAlignChatGlm : ChatTemplate.LongAlignLlama,
        "model" => ChatTemplate.Load(modelFolder),
        _ => All.FirstOrDefault(template => template.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException($"There is no chat template '{name}'; expected model, {string.Join(", ", All.Select(template => template.Name))}."),
    };

    /// <summary>A folder may have a tokenizer alone.</summary>
    private static bool IsChatGlm(string folder)
        => File.Exists(Path.Combine(folder, ModelConfig.FileName)) && ModelConfig.Load(folder).ModelType == "chatglm";
}
