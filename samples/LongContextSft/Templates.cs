using LongAlign.Data;
using LongAlign.Models;

namespace LongContextSft;

/// <summary>Chat templates by name.</summary>
internal static class Templates
{
    /// <summary>The template of a name; "model" is the one of the model's folder, none is the paper's for the model's family.</summary>
    public static ChatTemplate Find(string? name, string modelFolder, ModelConfig config) => name switch
    {
        null => config.ModelType == "chatglm" ? ChatTemplate.LongAlignChatGlm : ChatTemplate.LongAlignLlama,
        "model" => ChatTemplate.Load(modelFolder),
        _ => ChatTemplate.FromName(name),
    };
}
