using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LongAlign.Cli.Recipes;

/// <summary>Conversations of one source.</summary>
internal sealed record SourceRecipe
{
    [Description("A file (JSON Lines, a JSON array, Parquet; .gz or .zst), a folder, or a pattern with * and **.")]
    [RecipePath]
    public required string Path { get; init; }

    [Description("The number of conversations to draw; all unless set.")]
    [Range(0, int.MaxValue)]
    public int? Count { get; init; }

    [Description("The share of this source beside those of the other sources with a weight, in place of a count.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double? Weight { get; init; }

    [Description("New names for columns and keys that the reader does not know: a list such as question=instruction, answer=output. NAME=ignored skips a column.")]
    public IReadOnlyList<string> Columns { get; init; } = [];

    [Description("New names for roles that the reader does not know: a list such as customer=user, agent=assistant.")]
    public IReadOnlyList<string> Roles { get; init; } = [];

    [Description("The encoding of files that have no byte order mark, such as gbk; utf-8 unless set.")]
    public string? Encoding { get; init; }
}
