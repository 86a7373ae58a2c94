using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LongAlign.Cli.Recipes;

/// <summary>A model of a folder that answers.</summary>
internal sealed record LocalModelRecipe
{
    [Description("A Hugging Face folder: config.json, safetensors, tokenizer.")]
    [RecipePath]
    public required string Folder { get; init; }

    [Description("The folder of an adapter (PEFT) to put on it.")]
    [RecipePath]
    public string? Adapter { get; init; }

    [Description("The chat template that the model was trained with, as for chats; the folder's own unless set.")]
    public string? Template { get; init; }

    [Description("The type of the weights.")]
    public ModelDtype Dtype { get; init; } = ModelDtype.Float32;

    [Description("The device of the model: auto is the GPU where there is one.")]
    public ModelDevice Device { get; init; } = ModelDevice.Auto;

    [Description("The most tokens of an answer.")]
    [Range(1, int.MaxValue)]
    public int MaxOutputTokens { get; init; } = 256;

    [Description("The temperature; 0 always takes the likeliest token.")]
    [Range(0.0, 2.0)]
    public double Temperature { get; init; }
}
