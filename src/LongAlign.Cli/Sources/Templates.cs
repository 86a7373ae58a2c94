using LongAlign.Data;
using LongAlign.Models;

namespace LongAlign.Cli.Sources;

/// <summary>Chat templates by name.</summary>
internal static class Templates
{
    /// <summary>The template of a name; "model" is the one of the model's folder, none is the paper's for the model's family.</summary>
    public static ChatTemplate Find(string? name, string modelFolder) => name switch
    {
        null => IsChatGlm(modelFolder) ? ChatTemplate.LongAlignChatGlm : ChatTemplate.LongAlignLlama,
        "model" => ChatTemplate.Load(modelFolder),
        _ => ChatTemplate.FromName(name),
    };

    /// <summary>A folder may have a tokenizer alone.</summary>
    private static bool IsChatGlm(string folder)
        => File.Exists(Path.Combine(folder, ModelConfig.FileName)) && ModelConfig.Load(folder).ModelType == "chatglm";
}
