using System.ComponentModel;

namespace LongAlign.Cli.Recipes;

/// <summary>A model of a Hugging Face folder.</summary>
internal sealed record ModelRecipe
{
    [Description("A Hugging Face folder: config.json, safetensors, tokenizer.")]
    [RecipePath]
    public required string Folder { get; init; }

    [Description("Whether weights are random, for trying out; the folder then needs none.")]
    public bool RandomWeights { get; init; }

    [Description("The type of the weights; with bfloat16 the optimizer has float32 master weights.")]
    public ModelDtype Dtype { get; init; } = ModelDtype.Float32;

    [Description("The device of the model: auto is the GPU where there is one.")]
    public ModelDevice Device { get; init; } = ModelDevice.Auto;

    [Description("Whether the RoPE base is multiplied by 200 for 65,536 positions, as in the paper.")]
    public bool ExtendContext { get; init; }
}
