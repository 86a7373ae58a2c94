namespace LongAlign.Models.Generation;

/// <summary>A token as it comes.</summary>
/// <param name="Prompt">The number of the prompt that it continues, from 0.</param>
/// <param name="TokenId">The token; where <see cref="FinishReason"/> is <see cref="Generation.FinishReason.Stop"/>, the stop token, which is not part of the answer.</param>
/// <param name="FinishReason">The reason why it is the last of its sequence; null where it is not.</param>
public readonly record struct GeneratedToken(int Prompt, int TokenId, FinishReason? FinishReason);
