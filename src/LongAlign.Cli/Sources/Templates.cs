using LongAlign.Data;
using LongAlign.Models;

namespace LongAlign.Cli.Sources;

/// <summary>Chat templates by name.</summary>
internal static class Templates
{
    /// <summary>The template of a name; "model" is the one of the model's folder, none is that too, or the paper's for the model's family where the folder has none.</summary>
    public static ChatTemplate Find(string? name, string modelFolder) => name switch
    {
        null => ChatTemplate.Exists(modelFolder) ? ChatTemplate.Load(modelFolder) : IsChatGlm(modelFolder) ? ChatTemplate.LongAlignChatGlm : ChatTemplate.LongAlignLlama,
        "model" => ChatTemplate.Load(modelFolder),
        _ => ChatTemplate.FromName(name),
    };

    /// <summary>A folder may have a tokenizer alone.</summary>
    private static bool IsChatGlm(string folder)
        => File.Exists(Path.Combine(folder, ModelConfig.FileName)) && ModelConfig.Load(folder).ModelType == "chatglm";
}
