using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LongAlign.Evaluation.Needles;

namespace LongAlign.Cli.Recipes;

/// <summary>The needle in a haystack.</summary>
internal sealed record NeedleRecipe
{
    [Description("The folder of the text that needles are hidden in.")]
    [RecipePath]
    public required string Haystack { get; init; }

    [Description("The pattern of files in the folder.")]
    public string Pattern { get; init; } = "*.txt";

    [Description("The encoding of files that have no byte order mark, such as gbk; utf-8 unless set.")]
    public string? Encoding { get; init; }

    [Description("Lengths of whole prompts, in tokens.")]
    [Range(1, int.MaxValue)]
    public required IReadOnlyList<int> Lengths { get; init; }

    [Description("Depths of the needle, in per cent of the text.")]
    [Range(0.0, 100.0)]
    public IReadOnlyList<double> Depths { get; init; } = NeedleSchedule.LinearDepths(0, 100, 11);

    [Description("The number of trials of each cell.")]
    [Range(1, int.MaxValue)]
    public int Trials { get; init; } = 3;

    [Description("The language of needles and questions.")]
    public NeedleLanguage Language { get; init; } = NeedleLanguage.English;
}
