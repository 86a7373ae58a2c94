using System.Globalization;
using System.Text;
using LongAlign.Native;
using LongAlign.Sequences;

namespace LongAlign.Data.Export;

/// <summary>
/// Writes the files that the training scripts of the reference implementation (THUDM/LongAlign) read, row by row: memory does not
/// grow with the dataset. All files of a call appear when all are whole.
/// </summary>
/// <remarks>
/// The first token of a sequence is never a target, as everywhere here. What the scripts themselves do with the files, such as cutting
/// the first 32 packs to half, is listed in docs/export.md.
/// </remarks>
public static class ReferenceExport
{
    /// <summary>
    /// Writes packs for <c>--pack_loss</c>: <c>inputs_pack.npy</c> and <c>labels_pack.npy</c> (int64), <c>weights_pack.npy</c> (float32, 1 / N_i on the
    /// targets of a sequence), each [packs, length], and <c>attention_masks_pack.json</c>: of each pack where its sequences begin, where the last ends, and
    /// the length, for the padding counts as one more sequence.
    /// </summary>
    /// <param name="folder">The folder; made if it does not exist. Files of these names are replaced.</param>
    /// <param name="dataset">The sequences.</param>
    /// <param name="packs">A plan, or packs in the order of training, which the scripts keep in every epoch; see the example.</param>
    /// <param name="length">Tokens of a row. The scripts expect 65,536, and no fewer than 32,768.</param>
    /// <param name="deviceCount">
    /// The GPUs of the training. The scripts drop packs that don't fill a step; rows of nothing but padding, which have no loss, fill the last one.
    /// </param>
    /// <exception cref="ArgumentException">There is no pack, or one does not fit the dataset or the length; nothing is written.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> or <paramref name="deviceCount"/> is less than 1.</exception>
    /// <example>
    /// <code>
    /// PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack(dataset.Lengths, capacity: 65_536);
    /// var packs = new PackedBatchSampler(plan, dataset, seed: 42).GetSteps(epoch: 0).SelectMany(step => step.MicroBatches).ToList();
    /// ReferenceExport.WritePacks("data/longalign", dataset, packs, deviceCount: 8);
    /// </code>
    /// </example>
    public static void WritePacks(string folder, ISequenceDataset dataset, IReadOnlyList<MicroBatch> packs, int length = 65_536, int deviceCount = 1)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(deviceCount, 1);
        PackSource source = new(dataset, packs, length);
        long rows = ((long)packs.Count + deviceCount - 1) / deviceCount * deviceCount;

        Directory.CreateDirectory(folder);
        using AtomicFiles files = new();
        NpyWriter inputs = NpyWriter.Int64(files.Create(Path.Combine(folder, "inputs_pack.npy")), rows, length);
        NpyWriter targets = NpyWriter.Int64(files.Create(Path.Combine(folder, "labels_pack.npy")), rows, length);
        NpyWriter weights = NpyWriter.Float32(files.Create(Path.Combine(folder, "weights_pack.npy")), rows, length);
        FileStream masks = files.Create(Path.Combine(folder, "attention_masks_pack.json"));
        ReferenceRow row = new(source, length);
        for (int pack = 0; pack < rows; pack++)
        {
            row.Fill(pack < packs.Count ? packs[pack] : default);
            inputs.WriteRow<long>(row.InputIds);
            targets.WriteRow<long>(row.Labels);
            weights.WriteRow<float>(row.LossWeights);
            string boundaries = string.Join(", ", row.Boundaries.Select(boundary => boundary.ToString(CultureInfo.InvariantCulture)));
            masks.Write(Encoding.ASCII.GetBytes($"{(pack == 0 ? "[" : ", ")}[{boundaries}]"));
        }

        masks.Write("]"u8);
        files.Commit();
    }

    /// <summary>
    /// Writes sequences for sorted batching: <c>inputs_sort.npy</c> and <c>labels_sort.npy</c>, int64 [sequences, width], one sequence a row, padded with
    /// id 0 and label -100.
    /// </summary>
    /// <param name="folder">The folder; made if it does not exist. Files of these names are replaced.</param>
    /// <param name="dataset">The sequences.</param>
    /// <param name="batches">Groups of as many neighbours in length as there are GPUs; see the example.</param>
    /// <param name="width">Tokens of a row; by default one more than the longest sequence, for the scripts find a sequence's end by its padding.</param>
    /// <exception cref="ArgumentException">
    /// There is no batch, one does not fit the dataset or the width, or a sequence has the id 0 in it, which the scripts take for padding; nothing is written.
    /// </exception>
    /// <example>
    /// <code>
    /// var sampler = new SortedBatchSampler(dataset, batchSize: gpus, seed: 42);
    /// ReferenceExport.WriteSorted("data/longalign", dataset, sampler.GetSteps(epoch: 0).SelectMany(step => step.MicroBatches).ToList());
    /// </code>
    /// </example>
    public static void WriteSorted(string folder, ISequenceDataset dataset, IReadOnlyList<MicroBatch> batches, int? width = null)
        => WriteRows(folder, "_sort", dataset, batches, width);

    /// <summary>Writes sequences in the order of the dataset: <c>inputs.npy</c> and <c>labels.npy</c>, for naive batching and the reference's own packing.</summary>
    /// <inheritdoc cref="WriteSorted" path="/param[@name='folder' or @name='dataset' or @name='width']|/exception"/>
    public static void WriteRows(string folder, ISequenceDataset dataset, int? width = null)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        WriteRows(folder, "", dataset, [new MicroBatch(Enumerable.Range(0, dataset.Count).ToArray(), LengthLimit.None)], width);
    }

    private static void WriteRows(string folder, string suffix, ISequenceDataset dataset, IReadOnlyList<MicroBatch> batches, int? width)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(batches);
        MicroBatch[] rows = [.. batches.SelectMany(batch => Enumerable.Range(0, batch.Count).Select(i => batch with { Indices = batch.Indices.Slice(i, 1) }))];
        PackSource source = new(dataset, rows, (width ?? int.MaxValue) - 1);
        int longest = rows.Max(row => source.LengthOf(row, row.Indices.Span[0]));
        int columns = width ?? longest + 1;

        Directory.CreateDirectory(folder);
        using AtomicFiles files = new();
        NpyWriter inputs = NpyWriter.Int64(files.Create(Path.Combine(folder, $"inputs{suffix}.npy")), rows.Length, columns);
        NpyWriter targets = NpyWriter.Int64(files.Create(Path.Combine(folder, $"labels{suffix}.npy")), rows.Length, columns);
        ReferenceRow row = new(source, columns);
        foreach (MicroBatch sequence in rows)
        {
            row.Fill(sequence);
            if (row.InputIds.AsSpan(0, row.Boundaries[1]).Contains(0))
            {
                throw new ArgumentException(
                    $"The token id 0 is in {dataset.NameOf(sequence.Indices.Span[0])}, and the reference takes it for the padding behind a sequence.", nameof(dataset));
            }

            inputs.WriteRow<long>(row.InputIds);
            targets.WriteRow<long>(row.Labels);
        }

        files.Commit();
    }
}
