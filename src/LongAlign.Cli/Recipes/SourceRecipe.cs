using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LongAlign.Cli.Recipes;

/// <summary>Conversations of one source.</summary>
internal sealed record SourceRecipe
{
    [Description("A file (JSON Lines, ShareGPT, Parquet; .gz or .zst), a folder, or a pattern with * and **.")]
    [RecipePath]
    public required string Path { get; init; }

    [Description("How many conversations are drawn; all unless set.")]
    [Range(0, int.MaxValue)]
    public int? Count { get; init; }

    [Description("The share of this source beside those of the other sources with a weight, in place of a count.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double? Weight { get; init; }
}
