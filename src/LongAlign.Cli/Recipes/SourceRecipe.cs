using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LongAlign.Cli.Recipes;

/// <summary>Conversations of one source.</summary>
internal sealed record SourceRecipe
{
    [Description("A file (JSON Lines, a JSON array, Parquet; .gz or .zst), a folder, or a pattern with * and **.")]
    [RecipePath]
    public required string Path { get; init; }

    [Description("How many conversations are drawn; all unless set.")]
    [Range(0, int.MaxValue)]
    public int? Count { get; init; }

    [Description("The share of this source beside those of the other sources with a weight, in place of a count.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double? Weight { get; init; }

    [Description("What columns and keys of messages are, where they have other names than data sets usually have: a list such as question=instruction, answer=output; NAME=ignored for what is not to be looked at.")]
    public IReadOnlyList<string> Columns { get; init; } = [];

    [Description("What roles are, where they have other names: a list such as customer=user, agent=assistant.")]
    public IReadOnlyList<string> Roles { get; init; } = [];

    [Description("The encoding of files without a mark that says it, such as gbk; utf-8 unless set.")]
    public string? Encoding { get; init; }
}
