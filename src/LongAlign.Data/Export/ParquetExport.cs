using LongAlign.Native;
using LongAlign.Sequences;
using Parquet;

namespace LongAlign.Data.Export;

/// <summary>Writes packs as a Parquet table for trainers in other languages, a row group at a time: memory does not grow with the dataset.</summary>
public static class ParquetExport
{
    /// <summary>Tokens of a row group: 16 packs of 65,536, about 50 MB in memory.</summary>
    private const int GroupTokens = 1 << 20;

    /// <summary>
    /// Writes one row a pack, without padding: <c>input_ids</c>, <c>labels</c> and <c>position_ids</c> (lists of int64; labels are not shifted, -100 is no
    /// target, positions begin at 0 in every sequence), <c>loss_weights</c> (list of float32, 1 / N_i on the targets of a sequence) and
    /// <c>cu_seqlens</c> (list of int32: 0 and the end of every sequence).
    /// </summary>
    /// <param name="path">The file; replaced if it exists, and only when the new one is whole.</param>
    /// <param name="dataset">The sequences.</param>
    /// <param name="packs">A plan, or packs in the order of training.</param>
    /// <param name="cancellationToken">Ends the writing; no file is left.</param>
    /// <returns>When the file is whole.</returns>
    /// <exception cref="ArgumentException">There is no pack, or one does not fit the dataset; nothing is written.</exception>
    /// <remarks>
    /// The loss of a step (Eq. 2 of the paper) is the sum over its packs of loss weight x cross entropy, divided by the number of its
    /// sequences that have a target.
    /// </remarks>
    /// <example>
    /// <code>
    /// PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack(dataset.Lengths, capacity: 65_536);
    /// await ParquetExport.WriteAsync("packs.parquet", dataset, plan);
    /// </code>
    /// </example>
    public static Task WriteAsync(string path, ISequenceDataset dataset, IReadOnlyList<MicroBatch> packs, CancellationToken cancellationToken = default)
        => WriteAsync(path, dataset, packs, GroupTokens, cancellationToken);

    internal static async Task WriteAsync(
        string path, ISequenceDataset dataset, IReadOnlyList<MicroBatch> packs, int groupTokens, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        PackSource source = new(dataset, packs);
        using AtomicFiles files = new();
        ParquetColumns columns = new();
        await using (ParquetWriter writer = await ParquetWriter.CreateAsync(columns.Schema, files.Create(path), cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            for (int pack = 0; pack < packs.Count; pack++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                columns.Add(source, packs[pack]);
                if (columns.TokenCount >= groupTokens || pack == packs.Count - 1)
                {
                    using ParquetRowGroupWriter group = writer.CreateRowGroup();
                    await columns.WriteAsync(group, cancellationToken).ConfigureAwait(false);
                    columns.Clear();
                }
            }
        }

        files.Commit();
    }
}
