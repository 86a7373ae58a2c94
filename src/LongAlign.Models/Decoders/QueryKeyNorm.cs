namespace LongAlign.Models.Decoders;

/// <summary>Whether queries and keys are normed before they turn.</summary>
internal enum QueryKeyNorm
{
    /// <summary>They are not.</summary>
    None,

    /// <summary>Each head by itself.</summary>
    Head,

    /// <summary>All heads of a token together.</summary>
    Width,
}
