namespace LongAlign.Training;

/// <summary>Adds up cross entropies of held-out sequences, in all and by length of sequence.</summary>
internal sealed class EvaluationSums
{
    private static readonly (int? MaxTokens, string Name)[] Bounds =
        [(4_096, "4k"), (8_192, "8k"), (16_384, "16k"), (32_768, "32k"), (65_536, "64k"), (null, "beyond")];

    private readonly Sums _all = new();
    private readonly Sums[] _buckets = [.. Bounds.Select(_ => new Sums())];

    /// <summary>Adds a sequence.</summary>
    /// <param name="length">Its tokens.</param>
    /// <param name="crossEntropies">Of its target tokens, at least one.</param>
    public void Add(int length, ReadOnlySpan<float> crossEntropies)
    {
        double sum = 0;
        foreach (float crossEntropy in crossEntropies)
        {
            sum += crossEntropy;
        }

        _all.Add(sum, crossEntropies.Length);
        _buckets[Array.FindIndex(Bounds, bound => bound.MaxTokens is null || length <= bound.MaxTokens)].Add(sum, crossEntropies.Length);
    }

    /// <summary>Returns the report of the evaluation.</summary>
    /// <param name="step">The steps done.</param>
    /// <param name="isByToken">Whether the run trains by token, and its loss counts by token.</param>
    /// <param name="duration">The time it took.</param>
    public EvaluationReport ToReport(int step, bool isByToken, TimeSpan duration) => new()
    {
        Step = step,
        Loss = isByToken ? _all.TokenLoss : _all.SequenceLoss,
        SequenceLoss = _all.SequenceLoss,
        TokenLoss = _all.TokenLoss,
        Sequences = _all.Sequences,
        TargetTokens = _all.TargetTokens,
        Buckets =
        [
            .. _buckets.Zip(Bounds, (sums, bound) => new EvaluationBucket
            {
                MaxTokens = bound.MaxTokens,
                Name = bound.Name,
                Sequences = sums.Sequences,
                TargetTokens = sums.TargetTokens,
                SequenceLoss = sums.SequenceLoss,
                TokenLoss = sums.TokenLoss,
            }).Where(bucket => bucket.Sequences > 0),
        ],
        Duration = duration,
    };

    private sealed class Sums
    {
        private double _sequenceMeans;
        private double _crossEntropies;

        public int Sequences { get; private set; }

        public long TargetTokens { get; private set; }

        public double SequenceLoss => _sequenceMeans / Sequences;

        public double TokenLoss => _crossEntropies / TargetTokens;

        public void Add(double crossEntropies, int targets)
        {
            _sequenceMeans += crossEntropies / targets;
            _crossEntropies += crossEntropies;
            Sequences++;
            TargetTokens += targets;
        }
    }
}
