using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LongAlign.Cli.Recipes;

/// <summary>A model behind an OpenAI-compatible endpoint.</summary>
internal sealed record EndpointRecipe
{
    [Description("The base address, such as https://api.openai.com/v1 or http://localhost:8000/v1.")]
    public required string Url { get; init; }

    [Description("The model's name there.")]
    public required string Model { get; init; }

    [Description("The environment variable with the API key; a recipe holds no key.")]
    public string KeyVariable { get; init; } = "OPENAI_API_KEY";

    [Description("The most tokens of a reply.")]
    [Range(1, int.MaxValue)]
    public int MaxOutputTokens { get; init; } = 2_048;

    [Description("The temperature; the provider's own unless set.")]
    [Range(0.0, 2.0)]
    public double? Temperature { get; init; }

    [Description("The most calls at once.")]
    [Range(1, int.MaxValue)]
    public int Concurrency { get; init; } = 32;

    [Description("The price of a million tokens sent.")]
    [Range(0.0, double.MaxValue)]
    public double? PriceIn { get; init; }

    [Description("The price of a million tokens received.")]
    [Range(0.0, double.MaxValue)]
    public double? PriceOut { get; init; }

    [Description("The most that all runs over one journal may cost; needs both prices.")]
    [Range(0.0, double.MaxValue)]
    public double? Budget { get; init; }
}
