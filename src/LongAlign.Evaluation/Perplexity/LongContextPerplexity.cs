using System.Runtime.InteropServices;
using LongAlign.Collation;
using LongAlign.Data;
using LongAlign.Models;
using LongAlign.Packing;
using LongAlign.Sequences;
using LongAlign.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Evaluation.Perplexity;

/// <summary>
/// The perplexity of a local model by position: whether tokens far inside a long text are predicted better for all that stands before
/// them. Needs no judge and no generation.
/// </summary>
/// <example>
/// <code>
/// InMemoryDataset texts = LongContextPerplexity.Tokenize(tokenizer, documents, maxTokens: 65_536);
/// Console.WriteLine(LongContextPerplexity.Measure(model, texts));    // a row for each range of positions
/// </code>
/// </example>
/// <remarks>
/// Sequences are packed with block-diagonal attention; each is predicted as if it were alone. Logits exist for a few hundred tokens at a
/// time, so that memory grows with the capacity alone.
/// </remarks>
public static class LongContextPerplexity
{
    /// <summary>Elements of a chunk of logits, 16 MB in float32: memory that the allocator keeps and gives again.</summary>
    private const long ChunkElements = 1 << 22;

    /// <summary>Rows of a chunk at least: fewer would read the vocabulary projection too often.</summary>
    private const int MinRows = 128;

    /// <summary>Measures.</summary>
    /// <param name="model">The model; owned by the caller, each part's training mode is left as it was. Not to be used meanwhile.</param>
    /// <param name="sequences">The sequences; the tokens that their labels name are predicted (<see cref="Tokenize"/>: all of a text).</param>
    /// <param name="options">Buckets and memory; the defaults where null.</param>
    /// <param name="cancellationToken">Looked at between packs.</param>
    /// <returns>The report. Sums are in float64, in the order of the sequences.</returns>
    /// <exception cref="ArgumentException">Bounds don't rise, no sequence has a token to predict, or one is longer than the model's positions.</exception>
    /// <exception cref="InvalidDataException">An id lies outside the model's vocabulary.</exception>
    public static PerplexityReport Measure(
        CausalLanguageModel model, ISequenceDataset sequences, PerplexityOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(sequences);
        options ??= new PerplexityOptions();
        ThrowIfBad(model, sequences, options);
        PackingPlan plan = PackingAlgorithm.BestFitDecreasing.Pack(sequences.Lengths, Math.Max(options.Capacity, sequences.Lengths.ToArray().Max()));
        PackedBatchCollator collator = new(sequences);
        SequencePerplexity[] results = new SequencePerplexity[sequences.Count];
        using (new UndisturbedTraining(model))
        using (no_grad())
        {
            foreach (MicroBatch pack in plan)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using PackedBatch batch = collator.Collate(pack);
                ThrowIfOutside(batch, pack, sequences, model.VocabularySize);
                float[] losses = Losses(model, batch);
                for (int i = 0; i < pack.Count; i++)
                {
                    int index = pack.Indices.Span[i];
                    results[index] = Sum(index, losses.AsSpan(batch.CuSeqLens[i]..batch.CuSeqLens[i + 1]), options.Bounds);
                }
            }
        }

        return new PerplexityReport(results);
    }

    /// <summary>Makes sequences of texts, all of whose tokens but the first are predicted.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="maxTokens">The most tokens of a sequence; a longer text is cut off there.</param>
    /// <returns>The sequences, in order; each begins with the tokens that the tokenizer puts first.</returns>
    /// <exception cref="ArgumentException">There is no text, or one has fewer than two tokens; the message names its index.</exception>
    public static InMemoryDataset Tokenize(ModelTokenizer tokenizer, IEnumerable<string> texts, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 2);
        return new InMemoryDataset(texts.Select((text, i) =>
        {
            int[] all = [.. tokenizer.PrefixIds, .. tokenizer.Encode(text)];
            int[] ids = all[..Math.Min(maxTokens, all.Length)];
            return ids.Length < 2 ? throw new ArgumentException($"Text {i} has {ids.Length} tokens; expected at least 2, as the first is not predicted.", nameof(texts))
                : new TokenSequence(ids, ids);
        }));
    }

    /// <summary>The cross entropy of each token of a pack; NaN where it is not predicted.</summary>
    private static float[] Losses(CausalLanguageModel model, PackedBatch batch)
    {
        float[] losses = new float[batch.TokenCount];
        Array.Fill(losses, float.NaN);
        using DisposeScope scope = NewDisposeScope();
        long[] targets = batch.LossWeights.nonzero().squeeze(1).data<long>().ToArray();
        if (targets.Length == 0)
        {
            return losses;
        }

        batch.MoveTo(model.Device);
        Tensor hidden = model.GetHiddenStates(batch.InputIds, batch.PositionIds, batch.Layout);
        int rows = (int)Math.Max(MinRows, ChunkElements / model.VocabularySize);
        List<Tensor> chunks = [];
        foreach (long[] chunk in targets.Chunk(rows))
        {
            using DisposeScope chunkScope = NewDisposeScope();
            Tensor at = tensor(chunk, device: hidden.device);
            Tensor logits = model.GetLogits(hidden.index_select(0, at - 1)).to(ScalarType.Float32);
            chunks.Add(nn.functional.cross_entropy(logits, batch.Labels.index_select(0, at), reduction: nn.Reduction.None).MoveToOuterDisposeScope());
        }

        // Copied once: a device is not to be waited for after each chunk.
        ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(cat(chunks).cpu().bytes);
        for (int i = 0; i < targets.Length; i++)
        {
            losses[targets[i]] = values[i];
        }

        return losses;
    }

    private static SequencePerplexity Sum(int index, ReadOnlySpan<float> losses, IReadOnlyList<int> bounds)
    {
        int[] ends = [.. bounds, int.MaxValue];
        double[] sums = new double[ends.Length];
        long[] counts = new long[ends.Length];
        for (int position = 0, bucket = 0; position < losses.Length; position++)
        {
            bucket += position == ends[bucket] ? 1 : 0;
            if (!float.IsNaN(losses[position]))
            {
                sums[bucket] += losses[position];
                counts[bucket]++;
            }
        }

        PositionBucket[] buckets = [.. Enumerable.Range(0, ends.Length).Where(bucket => counts[bucket] > 0).Select(bucket => new PositionBucket { From = bucket == 0 ? 0 : ends[bucket - 1], To = bucket == bounds.Count ? null : ends[bucket], Tokens = counts[bucket], Loss = sums[bucket] / counts[bucket] })];
        return new SequencePerplexity { Index = index, Length = losses.Length, Tokens = counts.Sum(), Loss = buckets.Length == 0 ? null : sums.Sum() / counts.Sum(), Buckets = buckets };
    }

    private static void ThrowIfBad(CausalLanguageModel model, ISequenceDataset sequences, PerplexityOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Capacity, 1, nameof(options));
        if (options.Bounds.Zip(options.Bounds.Skip(1)).Any(pair => pair.First >= pair.Second) || options.Bounds.Any(bound => bound < 1))
        {
            throw new ArgumentException($"Bounds of positions are {string.Join(", ", options.Bounds)}; expected positive and rising numbers.", nameof(options));
        }

        int overlong = sequences.Lengths.IndexOfAnyInRange(model.MaxPositions + 1, int.MaxValue);
        if (overlong >= 0)
        {
            throw new ArgumentException($"There are {sequences.Lengths[overlong]} tokens in {sequences.NameOf(overlong)}; the model has {model.MaxPositions} positions.", nameof(sequences));
        }

        if (!sequences.TargetCounts.ContainsAnyExcept(0))
        {
            throw new ArgumentException($"None of {sequences.Count} sequences has a token to predict.", nameof(sequences));
        }
    }

    /// <summary>Ids outside the vocabulary would read outside the embedding.</summary>
    private static void ThrowIfOutside(PackedBatch batch, MicroBatch pack, ISequenceDataset sequences, int vocabulary)
    {
        foreach (Tensor tensor in new[] { batch.InputIds, batch.Labels })
        {
            ReadOnlySpan<long> ids = MemoryMarshal.Cast<byte, long>(tensor.bytes);
            int at = ids.IndexOfAnyInRange(vocabulary, long.MaxValue);
            if (at >= 0)
            {
                int sequence = batch.CuSeqLens.BinarySearch(at) is var found && found >= 0 ? found : ~found - 1;
                throw new InvalidDataException(
                    $"Id {ids[at]} at position {at - batch.CuSeqLens[sequence]} of {sequences.NameOf(pack.Indices.Span[sequence])} is outside the model's vocabulary of {vocabulary}.");
            }
        }
    }
}
