namespace LongAlign.Training;

/// <summary>Adds up cross entropies by length of sequence.</summary>
internal sealed class LengthBuckets
{
    private static readonly (int? MaxTokens, string Name)[] Bounds =
        [(4_096, "4k"), (8_192, "8k"), (16_384, "16k"), (32_768, "32k"), (65_536, "64k"), (null, "beyond")];

    private readonly EvaluationSums[] _sums = [.. Bounds.Select(_ => new EvaluationSums())];

    public EvaluationSums this[int length] => _sums[Array.FindIndex(Bounds, bound => bound.MaxTokens is null || length <= bound.MaxTokens)];

    public IReadOnlyList<EvaluationBucket> ToReport() =>
    [
        .. _sums.Zip(Bounds).Where(bucket => bucket.First.Sequences > 0).Select(bucket => new EvaluationBucket
        {
            MaxTokens = bucket.Second.MaxTokens,
            Name = bucket.Second.Name,
            Sequences = bucket.First.Sequences,
            TargetTokens = bucket.First.TargetTokens,
            SequenceLoss = bucket.First.SequenceLoss,
            TokenLoss = bucket.First.TokenLoss,
        }),
    ];
}
