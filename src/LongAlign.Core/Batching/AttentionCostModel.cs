using System.Globalization;
using LongAlign.Sequences;

namespace LongAlign.Batching;

/// <summary>
/// The cost of a micro-batch's forward and backward pass: <c>PerMicroBatch + PerToken · Σ l + PerSquaredToken · Σ l²</c> over its sequences
/// of length <c>l</c>. In FLOPs if made from a model's dimensions; in seconds, or any other unit, if you set the three numbers yourself.
/// Immutable.
/// </summary>
/// <remarks>A pack of one sequence of 64k tokens costs about twice a pack of a hundred short ones: attention grows with the square.</remarks>
/// <example>
/// <code>
/// AttentionCostModel flops = AttentionCostModel.FromModel(
///     hiddenSize: 4_096, intermediateSize: 11_008, layers: 32, heads: 32, keyValueHeads: 8, vocabularySize: 128_256);
/// AttentionCostModel seconds = new() { PerMicroBatch = 0.4, PerToken = 2.1e-4, PerSquaredToken = 8.9e-9 };
/// </code>
/// </example>
public sealed record AttentionCostModel
{
    /// <summary>ChatGLM3-6B-64k: 28 layers of 4,096, two key-value heads.</summary>
    public static AttentionCostModel ChatGlm6B64k { get; } = FromModel(4_096, 13_696, 28, 32, 2, 65_024);

    /// <summary>Llama-2-7B-64k: 32 layers of 4,096.</summary>
    public static AttentionCostModel Llama7B64k { get; } = FromModel(4_096, 11_008, 32, 32, 32, 32_000);

    /// <summary>Llama-2-13B-64k: 40 layers of 5,120.</summary>
    public static AttentionCostModel Llama13B64k { get; } = FromModel(5_120, 13_824, 40, 40, 40, 32_000);

    /// <summary>The fixed cost of a micro-batch, such as gathering sharded weights.</summary>
    /// <value>0 by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">Negative or not finite.</exception>
    public double PerMicroBatch
    {
        get;
        init => field = Checked(value);
    }

    /// <summary>The cost of a token outside attention.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or not finite.</exception>
    public required double PerToken
    {
        get;
        init => field = Checked(value);
    }

    /// <summary>The cost of attention, divided by the square of the sequence's length.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or not finite.</exception>
    public required double PerSquaredToken
    {
        get;
        init => field = Checked(value);
    }

    /// <summary>FLOPs of a decoder with gated feed-forward layers and causal attention; one multiplication and addition is two FLOPs.</summary>
    /// <remarks>
    /// Forward, a token: <c>2 · (layers · (2·h·heads·d + 2·h·keyValueHeads·d + 3·h·intermediateSize) + h·vocabularySize)</c>, with h the
    /// hidden size and d that of a head. Forward, attention of l tokens: scores and values, 2·heads·d·l² each, of which the causal half is
    /// computed: <c>layers · 2·heads·d·l²</c>. Backward is twice forward, so that both are multiplied by 3.
    /// </remarks>
    /// <param name="hiddenSize">Width of a layer.</param>
    /// <param name="intermediateSize">Width of the feed-forward layer.</param>
    /// <param name="layers">The number of layers.</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="keyValueHeads">Key and value heads.</param>
    /// <param name="vocabularySize">Rows of the output projection.</param>
    /// <param name="headDim">The width of a head; by default heads share the hidden size.</param>
    /// <returns>The model, in FLOPs.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is less than 1.</exception>
    /// <exception cref="ArgumentException">There is no <paramref name="headDim"/>, and <paramref name="heads"/> does not divide <paramref name="hiddenSize"/>.</exception>
    public static AttentionCostModel FromModel(
        int hiddenSize, int intermediateSize, int layers, int heads, int keyValueHeads, int vocabularySize, int? headDim = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(hiddenSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(intermediateSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(layers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(heads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(keyValueHeads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(headDim ?? 1, 1, nameof(headDim));
        if (headDim is null && hiddenSize % heads != 0)
        {
            throw new ArgumentException($"{heads} heads don't divide a hidden size of {hiddenSize}.", nameof(heads));
        }

        double h = hiddenSize;
        double d = headDim ?? hiddenSize / heads;
        double layer = (2 * h * heads * d) + (2 * h * keyValueHeads * d) + (3 * h * intermediateSize);
        return new AttentionCostModel
        {
            PerToken = 3 * 2 * ((layers * layer) + (h * vocabularySize)),
            PerSquaredToken = 3 * 2 * layers * heads * d,
        };
    }

    /// <summary>The cost of a micro-batch.</summary>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="squaredTokens">The sum of the squares of its sequences' lengths.</param>
    /// <returns>The cost, in the unit of the coefficients: FLOPs, or seconds.</returns>
    public double GetCost(long tokens, double squaredTokens) => PerMicroBatch + (PerToken * tokens) + (PerSquaredToken * squaredTokens);

    /// <summary>Returns the cost that a sequence adds to a pack.</summary>
    internal double GetSequenceCost(int length) => (PerToken * length) + (PerSquaredToken * length * length);

    /// <summary>The cost of sequences laid one after another, with attention inside each of them.</summary>
    /// <param name="microBatch">The pack.</param>
    /// <param name="lengths">Tokens of each sequence of the dataset.</param>
    /// <returns>The cost, in the unit of the coefficients: FLOPs, or seconds.</returns>
    public double GetPackedCost(MicroBatch microBatch, ReadOnlySpan<int> lengths)
    {
        long tokens = 0;
        long squares = 0;
        foreach (int sequence in microBatch.Indices.Span)
        {
            long length = microBatch.Limit.Slice(lengths[sequence]).Length;
            tokens += length;
            squares += length * length;
        }

        return GetCost(tokens, squares);
    }

    /// <summary>The cost of sequences as rows that are padded to the longest: padding costs as much as tokens do.</summary>
    /// <param name="microBatch">The rows.</param>
    /// <param name="lengths">Tokens of each sequence of the dataset.</param>
    /// <returns>The cost, in the unit of the coefficients: FLOPs, or seconds.</returns>
    public double GetPaddedCost(MicroBatch microBatch, ReadOnlySpan<int> lengths)
    {
        long width = 0;
        foreach (int sequence in microBatch.Indices.Span)
        {
            width = Math.Max(width, microBatch.Limit.Slice(lengths[sequence]).Length);
        }

        return GetCost(microBatch.Count * width, (double)microBatch.Count * width * width);
    }

    /// <summary>The formula, with all digits.</summary>
    /// <returns>One line.</returns>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"{PerMicroBatch:R} + {PerToken:R} tokens + {PerSquaredToken:R} squared tokens");

    private static double Checked(double value)
    {
        if (!double.IsFinite(value) || value < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "A cost is a finite number, not less than 0.");
        }

        return value;
    }
}
