namespace LongAlign.Requests;

/// <summary>The reasons why replies ended, in the words of providers.</summary>
internal static class FinishReasons
{
    public const string Filtered = "content_filter";

    /// <summary>OpenAI's words, those of Anthropic, Google and Mistral where a client passes them on, and filters.</summary>
    private static readonly HashSet<string> Cuts = new(StringComparer.OrdinalIgnoreCase)
    {
        "length", "max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded", Filtered,
    };

    /// <summary>Whether a reply that ended so ended before the model was done.</summary>
    public static bool IsCut(string? reason) => reason is not null && Cuts.Contains(reason);
}
