using System.Globalization;

namespace LongAlign.Training;

/// <summary>The memory that grows with the tokens of a micro-batch. It follows the operations of a decoder's layer and what autograd saves of each.</summary>
internal sealed class ActivationFootprint
{
    private const long ChunkElements = 1 << 24; // as many logits are there at once (FusedLinearCrossEntropy)
    private const int BatchBytes = 28; // ids, labels and positions in 64 bits, a float32 weight

    private readonly DecoderDimensions _model;
    private readonly TrainingFootprintOptions _options;
    private readonly long _tokens;
    private readonly int _width;
    private readonly long _hidden;
    private readonly long _query;
    private readonly long _key;
    private readonly long _intermediate;

    public ActivationFootprint(DecoderDimensions model, TrainingFootprintOptions options)
    {
        (_model, _options, _tokens, _width) = (model, options, options.TokensOfRank, options.Width);
        (_hidden, _query, _intermediate) = (model.HiddenSize, model.QueryWidth, model.IntermediateSize);
        _key = Math.Max(model.KeyValueHeadCount, options.SequenceParallelism) * (long)model.HeadDim; // repeated where there are fewer than ranks
    }

    private bool IsWholeTrained => _options.LoraRank is null;

    /// <summary>The bytes a token that a norm saves beside its input: its output, what it is multiplied with if that is trained, and a float32 copy of the input if it has another dtype.</summary>
    private long NormBytes => _hidden * ((_options.IsWide ? 0 : 4) + (IsWholeTrained ? 2 * _width : _width));

    /// <summary>
    /// What autograd saves of a layer, a token: both norms and, in float32, their inputs; query, key, value, output and a number a head of attention; gate, its
    /// activation, up and their product.
    /// </summary>
    private long LayerBytes
        => (2 * NormBytes) + (_options.IsWide ? 2 * _hidden * 4 : 0)
            + (2 * (_query + _key) * _width) + (4L * _model.HeadCount)
            + ((_model.IsGated ? 4 : 2) * _intermediate * _width)
            + ((_options.LoraRank ?? 0) * (4L + _model.FeedForwardMaps) * _width);

    public FootprintPart Kept()
    {
        long rotary = _tokens * _model.HeadDim * _width; // cosines and sines, shared by layers
        return _options.GradientCheckpointing
            ? Part(
                FootprintPartKind.KeptActivations,
                (_model.LayerCount * _tokens * _hidden * _width) + rotary,
                $"{_model.LayerCount} layers x {_tokens:N0} tokens x {_hidden:N0} x {_width} B + {rotary:N0} B of rotary angles")
            : Part(
                FootprintPartKind.KeptActivations,
                (_model.LayerCount * _tokens * LayerBytes) + rotary,
                $"{_model.LayerCount} layers x {_tokens:N0} tokens x {LayerBytes:N0} B + {rotary:N0} B of rotary angles");
    }

    public FootprintPart InFlight()
    {
        // Where gate and up meet, their gradients are there as well as that of the product, which itself is gone.
        long gradients = ((_model.FeedForwardMaps - 1) * _intermediate * _width) + (_hidden * _width);
        long inputKept = _options.IsWide ? _hidden * 4 : 0; // counted with what is kept
        long bytes = _options.GradientCheckpointing
            ? LayerBytes - inputKept + (_hidden * _width) + gradients
            : gradients + ((_query + (2 * _key)) * _width); // those of the attention before, which are still held
        string what = _options.GradientCheckpointing ? "a layer and gradients" : "gradients";
        return Part(FootprintPartKind.ActivationsInFlight, _tokens * bytes, $"{_tokens:N0} tokens x {bytes:N0} B, {what}");
    }

    /// <summary>The kernel gives the gradients of a whole sequence, for each query head; on a GPU it adds up those of queries in float32.</summary>
    public FootprintPart AttentionWorkspace()
    {
        long queries = _query / _options.SequenceParallelism;
        long longest = _options.LongestSequence ?? _options.Capacity;
        return _options.IsGpu
            ? Part(FootprintPartKind.AttentionWorkspace, _options.Capacity * queries * 4, $"{_options.Capacity:N0} tokens x {queries:N0} of query heads x 4 B")
            : Part(FootprintPartKind.AttentionWorkspace, longest * 3 * queries * _width, $"{longest:N0} tokens x 3 x {queries:N0} of query heads x {_width} B");
    }

    public FootprintPart Loss()
    {
        long vocabulary = _model.VocabularySize;
        long targets = Math.Max(1, (long)(_tokens * _options.TargetShare));
        long rows = Math.Min(targets, Math.Max(1, ChunkElements / vocabulary));
        int chunkWidth = _options.IsWide ? 4 : 4 + _width;
        int headWidth = IsWholeTrained ? chunkWidth : 0;
        long norm = NormBytes + (_hidden * _width);
        long bytes = (rows * vocabulary * chunkWidth) + (vocabulary * _hidden * headWidth) + (targets * _hidden * 2 * _width) + (_tokens * norm);
        string head = headWidth > 0 ? string.Create(CultureInfo.InvariantCulture, $"{vocabulary:N0} x {_hidden:N0} x {headWidth} B + ") : "";
        return Part(
            FootprintPartKind.Loss,
            bytes,
            $"{rows:N0} x {vocabulary:N0} logits x {chunkWidth} B + {head}{targets:N0} targets x {_hidden:N0} x {2 * _width} B + {_tokens:N0} tokens x {norm:N0} B");
    }

    public FootprintPart Batches() => Part(
        FootprintPartKind.Batches, 2L * BatchBytes * _options.Capacity, $"2 x {_options.Capacity:N0} tokens x {BatchBytes} B");

    private static FootprintPart Part(FootprintPartKind kind, long bytes, FormattableString formula)
        => new(kind, bytes, formula.ToString(CultureInfo.InvariantCulture), IsAtPeak: true);
}
