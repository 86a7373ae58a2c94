namespace LongAlign.Models.Generation;

/// <summary>Random numbers by place rather than in turn: the step of a sequence has the same one whatever else is generated beside it.</summary>
internal static class UniformNoise
{
    /// <summary>A number from 0 to below 1: the finalizer of SplitMix64 (Steele, Lea and Flood 2014) over seed, sequence and step.</summary>
    public static double At(ulong seed, int sequence, int step)
        => (Mix(Mix(Mix(seed) + (ulong)sequence) + (ulong)step) >> 11) * (1.0 / (1UL << 53));

    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
