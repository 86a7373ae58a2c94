using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LongAlign.Packing;

namespace LongAlign.Cli.Recipes;

/// <summary>How sequences become batches.</summary>
internal sealed record BatchingRecipe
{
    [Description("Packs of sequences, padded batches of like lengths, or padded batches in random order.")]
    public BatchingMethod Method { get; init; } = BatchingMethod.Packing;

    [Description("The most tokens of a pack; the longest conversation's (chats.max-length, or the model's positions) unless set.")]
    [Range(1, PackingAlgorithm.MaxCapacity)]
    public int? Capacity { get; init; }

    [Description("What happens to a sequence that is longer than a pack.")]
    public OverlongPolicy Overlong { get; init; } = OverlongPolicy.Throw;

    [Description("Rows of a padded batch.")]
    [Range(1, int.MaxValue)]
    public int BatchSize { get; init; } = 1;

    [Description("Packs or padded batches of an optimizer step.")]
    [Range(1, int.MaxValue)]
    public int Accumulation { get; init; } = 1;
}
