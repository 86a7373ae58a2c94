namespace LongAlign.Models.Generation;

/// <summary>The options of generation: how tokens are chosen, and when to stop.</summary>
public sealed record GenerationOptions
{
    /// <summary>Gets the most new tokens of a sequence.</summary>
    /// <value>256 by default.</value>
    public int MaxNewTokens { get; init; } = 256;

    /// <summary>Gets the number that logits are divided by before a token is drawn.</summary>
    /// <value>0, the default, and below a millionth: the likeliest token, always; of several, that of the lowest id.</value>
    public double Temperature { get; init; }

    /// <summary>Gets the number of likeliest tokens that may be drawn.</summary>
    /// <value>Null, the default: all.</value>
    public int? TopK { get; init; }

    /// <summary>Gets the share of probability, above 0 and at most 1, of the fewest likeliest tokens that may be drawn (Holtzman et al. 2020), of those that <see cref="TopK"/> leaves.</summary>
    /// <value>Null, the default: all.</value>
    public double? TopP { get; init; }

    /// <summary>Gets the seed of what is drawn.</summary>
    /// <value>0 by default. A prompt's tokens depend on the seed and on its place in the batch, not on the other prompts.</value>
    public ulong Seed { get; init; }

    /// <summary>Gets the tokens that end a sequence.</summary>
    /// <value>Null, the default: the model's (<see cref="ModelConfig.StopTokenIds"/>).</value>
    public IReadOnlyCollection<int>? StopTokenIds { get; init; }

    internal void ThrowIfInvalid(string parameter)
    {
        List<string> faults = [];
        Check(MaxNewTokens >= 1, $"MaxNewTokens is {MaxNewTokens}, expected at least 1");
        Check(double.IsFinite(Temperature) && Temperature >= 0, $"Temperature is {Temperature}, expected a number of at least 0");
        Check(TopK is null or >= 1, $"TopK is {TopK}, expected at least 1");
        Check(TopP is null or (> 0 and <= 1), $"TopP is {TopP}, expected a number above 0 and at most 1");
        if (faults.Count > 0)
        {
            throw new ArgumentException($"The options can't be used: {string.Join("; ", faults)}.", parameter);
        }

        void Check(bool valid, FormattableString fault)
        {
            if (!valid)
            {
                faults.Add(FormattableString.Invariant(fault));
            }
        }
    }
}
