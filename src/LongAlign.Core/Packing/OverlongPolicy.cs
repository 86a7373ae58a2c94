namespace LongAlign.Packing;

/// <summary>The policy for sequences that are longer than a pack.</summary>
public enum OverlongPolicy
{
    /// <summary>Planning fails with an error that names the sequence.</summary>
    Throw,

    /// <summary>The last tokens are cut off.</summary>
    TruncateRight,

    /// <summary>The first tokens are cut off.</summary>
    TruncateLeft,

    /// <summary>The sequence is left out; <see cref="PackingPlan.LeftOut"/> lists it.</summary>
    Drop,
}
