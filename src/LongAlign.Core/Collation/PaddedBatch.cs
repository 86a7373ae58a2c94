using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Collation;

/// <summary>Sequences as rows, padded on the right to the longest, in tensors of shape [rows, columns].</summary>
public sealed class PaddedBatch : TrainingBatch
{
    private readonly int[] _lengths;

    internal PaddedBatch(in BatchWriter written, int[] lengths, int columns, StepTotals? totals)
        : base(written, [lengths.Length, columns], RowLayout(lengths.Length, columns), totals)
    {
        _lengths = lengths;
    }

    /// <summary>Makes a padded batch of given sequences, for your own collator.</summary>
    /// <param name="sequences">At least one.</param>
    /// <param name="totals">The counts that the loss of the whole step is divided by; by default the batch is the whole step.</param>
    /// <returns>A batch on the CPU that the caller owns and disposes.</returns>
    /// <exception cref="ArgumentException">There is no sequence.</exception>
    public static PaddedBatch Of(IEnumerable<TokenSequence> sequences, StepTotals? totals = null)
    {
        InMemoryDataset dataset = new(sequences);
        return new PaddedBatchCollator(dataset).Collate(new MicroBatch(Enumerable.Range(0, dataset.Count).ToArray(), LengthLimit.None) { Totals = totals });
    }

    /// <summary>Tokens of each row without padding.</summary>
    public ReadOnlySpan<int> Lengths => _lengths;

    /// <summary>True on tokens and false in padding: bool [rows, columns], where the batch is. The tensor joins the current dispose scope.</summary>
    internal Tensor CreateAttentionMask()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor lengths = tensor(_lengths, ScalarType.Int64, InputIds.device).unsqueeze(1);
        return (arange(InputIds.shape[1], ScalarType.Int64, InputIds.device) < lengths).MoveToOuterDisposeScope();
    }

    private static PackLayout RowLayout(int rows, int columns)
    {
        int[] cuSeqLens = new int[rows + 1];
        for (int row = 0; row <= rows; row++)
        {
            cuSeqLens[row] = checked(row * columns);
        }

        return new PackLayout(cuSeqLens);
    }
}
