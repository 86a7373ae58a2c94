namespace LongAlign.Data;

/// <summary>The treatment of spaces at the beginning of decoded text.</summary>
internal enum LeadingSpaces
{
    /// <summary>They are text.</summary>
    Kept,

    /// <summary>The first was not in the text.</summary>
    FirstRemoved,

    /// <summary>Each token loses one, until there is text.</summary>
    RemovedOfEachToken,
}
