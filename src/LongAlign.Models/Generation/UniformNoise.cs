using LongAlign.Sequences;

namespace LongAlign.Models.Generation;

/// <summary>Random numbers by place rather than in turn: the step of a sequence has the same one whatever else is generated beside it.</summary>
internal static class UniformNoise
{
    /// <summary>A number from 0 to below 1, of seed, sequence and step.</summary>
    public static double At(ulong seed, int sequence, int step)
        => (Mix(Mix(Mix(seed) + (ulong)sequence) + (ulong)step) >> 11) * (1.0 / (1UL << 53));

    private static ulong Mix(ulong value) => new SeededRandom(value).NextUInt64();
}
