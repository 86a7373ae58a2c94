namespace LongAlign.Models.Generation;

/// <summary>The generated continuation of a prompt.</summary>
public sealed class GeneratedSequence
{
    internal GeneratedSequence(int promptTokenCount, IReadOnlyList<int> tokenIds, FinishReason finishReason)
    {
        PromptTokenCount = promptTokenCount;
        TokenIds = tokenIds;
        FinishReason = finishReason;
    }

    /// <summary>Tokens of the prompt.</summary>
    public int PromptTokenCount { get; }

    /// <summary>The new tokens, without the stop token.</summary>
    public IReadOnlyList<int> TokenIds { get; }

    /// <summary>The reason why generation ended.</summary>
    public FinishReason FinishReason { get; }

    /// <summary>Tokens that the model made, a stop token included.</summary>
    public int GeneratedTokenCount => TokenIds.Count + (FinishReason == FinishReason.Stop ? 1 : 0);
}
