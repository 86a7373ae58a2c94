using System.Text.Json.Serialization;

namespace LongAlign.Requests;

/// <summary>A model's reply. A <see cref="RequestRunner"/> gives it without its thoughts; the journal keeps it as it came.</summary>
public sealed record ModelReply
{
    /// <summary>Gets the model's text; may be empty. Thoughts are not in it, however the provider marks them.</summary>
    public required string Text { get; init; }

    /// <summary>Gets the reason why the model stopped, as the provider says: <c>stop</c>, <c>length</c>, <c>content_filter</c>; null where it does not say.</summary>
    public string? FinishReason { get; init; }

    /// <summary>Gets the model's id as the provider says, or else as it was asked for.</summary>
    public required string Model { get; init; }

    /// <summary>Gets the tokens of the call.</summary>
    public required RequestUsage Usage { get; init; }

    /// <summary>Gets the model's thoughts before its text; null where it did not think, or the provider does not tell.</summary>
    public string? Thoughts { get; init; }

    /// <summary>Gets whether the reply ended before the model was done: at its most tokens, or at a filter.</summary>
    [JsonIgnore]
    public bool IsCutOff => FinishReasons.IsCut(FinishReason);

    /// <summary>The same reply with the thoughts that stand in its text taken off.</summary>
    internal ModelReply WithoutThoughts()
    {
        SpokenText spoken = SpokenText.Of(Text);
        string[] thoughts = [.. new[] { Thoughts, spoken.Thoughts }.OfType<string>()];
        return this with { Text = spoken.Text, Thoughts = thoughts.Length == 0 ? null : string.Join('\n', thoughts) };
    }
}
