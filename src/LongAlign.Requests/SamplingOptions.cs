using Microsoft.Extensions.AI;

namespace LongAlign.Requests;

/// <summary>The options of a model's replies. All are part of a request's key, so a changed option is a new request.</summary>
public sealed record SamplingOptions
{
    /// <summary>Gets the model's id as the provider knows it.</summary>
    public required string Model { get; init; }

    /// <summary>Gets the most tokens of a reply.</summary>
    /// <value>2,048 unless set; the worst case that a budget reckons with.</value>
    public int MaxOutputTokens { get; init; } = 2_048;

    /// <summary>Gets the temperature.</summary>
    /// <value>The provider's own unless set.</value>
    public float? Temperature { get; init; }

    /// <summary>Gets the probability mass that tokens are drawn from.</summary>
    /// <value>The provider's own unless set.</value>
    public float? TopP { get; init; }

    /// <summary>Gets the seed sent to the provider.</summary>
    /// <value>None unless set; many providers ignore it.</value>
    public long? Seed { get; init; }

    internal ChatOptions ToChatOptions() => new()
    {
        ModelId = Model,
        MaxOutputTokens = MaxOutputTokens,
        Temperature = Temperature,
        TopP = TopP,
        Seed = Seed,
    };
}
