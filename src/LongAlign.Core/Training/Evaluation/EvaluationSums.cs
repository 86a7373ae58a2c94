namespace LongAlign.Training;

/// <summary>Adds up cross entropies of sequences, in total or of one bucket.</summary>
internal sealed class EvaluationSums
{
    private double _sequenceMeans;
    private double _crossEntropies;

    public int Sequences { get; private set; }

    public long TargetTokens { get; private set; }

    public double SequenceLoss => _sequenceMeans / Sequences;

    public double TokenLoss => _crossEntropies / TargetTokens;

    /// <summary>Adds a sequence.</summary>
    /// <param name="crossEntropies">Of its target tokens, at least one.</param>
    public void Add(ReadOnlySpan<float> crossEntropies)
    {
        double sum = 0;
        foreach (float crossEntropy in crossEntropies)
        {
            sum += crossEntropy;
        }

        _sequenceMeans += sum / crossEntropies.Length;
        _crossEntropies += sum;
        Sequences++;
        TargetTokens += crossEntropies.Length;
    }
}
