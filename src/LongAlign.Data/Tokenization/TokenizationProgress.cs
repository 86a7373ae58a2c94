namespace LongAlign.Data;

/// <summary>The progress of tokenization.</summary>
/// <param name="RowCount">Conversations that are done.</param>
/// <param name="TokenCount">Tokens that came out.</param>
/// <param name="Elapsed">The time since the beginning.</param>
public sealed record TokenizationProgress(long RowCount, long TokenCount, TimeSpan Elapsed)
{
    /// <summary>Tokens in a second.</summary>
    public double TokensPerSecond => Elapsed > TimeSpan.Zero ? TokenCount / Elapsed.TotalSeconds : 0;
}
