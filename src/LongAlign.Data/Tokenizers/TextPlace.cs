namespace LongAlign.Data;

/// <summary>Where a text stands that is to be tokenized.</summary>
internal enum TextPlace
{
    /// <summary>It begins the whole text.</summary>
    First,

    /// <summary>It stands right behind other text, and begins no word.</summary>
    Continuing,

    /// <summary>It stands behind an added token.</summary>
    BehindToken,
}
