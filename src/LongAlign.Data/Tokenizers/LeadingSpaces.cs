namespace LongAlign.Data;

/// <summary>What becomes of the spaces that decoded text begins with.</summary>
internal enum LeadingSpaces
{
    /// <summary>They are text.</summary>
    Kept,

    /// <summary>The first was not in the text.</summary>
    FirstRemoved,

    /// <summary>Each token loses one, until there is text.</summary>
    RemovedOfEachToken,
}
