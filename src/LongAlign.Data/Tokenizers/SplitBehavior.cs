namespace LongAlign.Data;

/// <summary>The treatment of the matches of a pattern.</summary>
internal enum SplitBehavior
{
    /// <summary>Each is a separate word.</summary>
    Isolated,

    /// <summary>They vanish.</summary>
    Removed,

    /// <summary>Each belongs to the word before it.</summary>
    MergedWithPrevious,

    /// <summary>Each belongs to the word behind it.</summary>
    MergedWithNext,

    /// <summary>Consecutive matches are one word.</summary>
    Contiguous,
}
