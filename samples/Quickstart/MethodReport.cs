namespace Quickstart;

/// <summary>A row of the table and of summary.json.</summary>
internal sealed record MethodReport
{
    /// <summary>Gets the batching.</summary>
    public required string Method { get; init; }

    /// <summary>Gets the tokens without padding per second.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Gets the share of padding among all tokens computed.</summary>
    public required double PaddingShare { get; init; }

    /// <summary>Gets the evenness of the sequences of an epoch: their effective number over their number, 1 where every one counts the same.</summary>
    public required double Evenness { get; init; }

    /// <summary>Gets the training time, without evaluations.</summary>
    public required double Seconds { get; init; }

    /// <summary>Gets the optimizer steps.</summary>
    public required int Steps { get; init; }

    /// <summary>Gets the mean training loss of the last tenth of the steps.</summary>
    public required double FinalLoss { get; init; }

    /// <summary>Gets the loss on conversations that were not trained on, every sequence counting the same.</summary>
    public required double HeldOutLoss { get; init; }
}
