namespace LongAlign.Data;

/// <summary>What becomes of the matches of a pattern.</summary>
internal enum SplitBehavior
{
    /// <summary>Each is a word of its own.</summary>
    Isolated,

    /// <summary>They vanish.</summary>
    Removed,

    /// <summary>Each belongs to the word before it.</summary>
    MergedWithPrevious,

    /// <summary>Each belongs to the word behind it.</summary>
    MergedWithNext,

    /// <summary>Those that follow each other are one word.</summary>
    Contiguous,
}
