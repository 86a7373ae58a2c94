using System.Globalization;

namespace LongAlign.Batching;

/// <summary>
/// The position of a run and the settings that its order of batches depends on: small, the same for every rank, and made for
/// <c>System.Text.Json</c>. <see cref="BatchSampler.GetState"/> makes it and <see cref="BatchSampler.GetSteps(SamplerState)"/> resumes from it.
/// </summary>
public sealed record SamplerState
{
    /// <summary>The epoch, from 0.</summary>
    public required int Epoch { get; init; }

    /// <summary>The epoch's next step, from 0; the number of steps where the epoch is done.</summary>
    public required int Step { get; init; }

    /// <summary>The sampler's seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The number of processes.</summary>
    public required int WorldSize { get; init; }

    /// <summary>The policy for an incomplete last step.</summary>
    public required UnevenEnd UnevenEnd { get; init; }

    /// <summary>The kind of the sampler and the options of that kind, in words.</summary>
    public required string Sampler { get; init; }

    /// <summary>A hash of all lengths and target counts.</summary>
    public required string Data { get; init; }

    /// <summary>A hash of which sequences share a pack; empty where there are no packs.</summary>
    public required string Plan { get; init; }

    /// <summary>Returns the reason why a run can't resume from this state; null if it can.</summary>
    /// <param name="here">Any state of the sampler that is to resume.</param>
    /// <param name="stepsPerEpoch">Its steps.</param>
    internal string? FindFault(SamplerState here, int stepsPerEpoch)
    {
        string[] differences = [.. FindDifferences(here)];
        if (differences.Length > 0)
        {
            return $"The state belongs to a run with other batches; {string.Join("; ", differences)}.";
        }

        return Epoch < 0 || Step < 0 || Step > stepsPerEpoch
            ? $"The state stands at step {Step} of epoch {Epoch}; expected an epoch from 0 and a step from 0 to {stepsPerEpoch}."
            : null;
    }

    /// <summary>Lists the settings that differ and that decide the order of batches.</summary>
    internal IEnumerable<string> FindDifferences(SamplerState here)
    {
        (string Name, object Theirs, object Ours)[] parts =
        [
            ("sampler", Sampler, here.Sampler),
            ("data (hash of lengths and target counts)", Data, here.Data),
            ("plan (hash of packs)", Plan, here.Plan),
            ("seed", Seed, here.Seed),
            ("world size", WorldSize, here.WorldSize),
            ("uneven end", UnevenEnd, here.UnevenEnd),
        ];
        return parts
            .Where(part => !Equals(part.Theirs, part.Ours))
            .Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Name}: '{part.Theirs}' in the state, '{part.Ours}' here"));
    }
}
