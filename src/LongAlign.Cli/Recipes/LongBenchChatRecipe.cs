using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LongAlign.Cli.Recipes;

/// <summary>LongBench-Chat.</summary>
internal sealed record LongBenchChatRecipe
{
    [Description("The cases: a JSON list of objects with idx, prompt, query and answer.")]
    [RecipePath]
    public required string Cases { get; init; }

    [Description("The scored answers that the judge is shown: a JSON list, one element a case; none unless set.")]
    [RecipePath]
    public string? Examples { get; init; }

    [Description("The judge's prompt in a file, with holes {}; the paper's few-shot form unless set.")]
    [RecipePath]
    public string? Prompt { get; init; }

    [Description("The judge.")]
    public required EndpointRecipe Judge { get; init; }

    [Description("The most tokens of prompt and answer; a longer prompt loses its middle. No limit unless set.")]
    [Range(1, int.MaxValue)]
    public int? MaxPromptTokens { get; init; }

    [Description("The number of times that each answer is judged; scores are averaged.")]
    [Range(1, 1_000)]
    public int Repeats { get; init; } = 2;
}
