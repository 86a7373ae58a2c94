namespace LongAlign.Data;

/// <summary>The place of a text that is to be tokenized.</summary>
internal enum TextPlace
{
    /// <summary>It begins the whole text.</summary>
    First,

    /// <summary>It stands right behind other text, and begins no word.</summary>
    Continuing,

    /// <summary>It stands behind an added token.</summary>
    BehindToken,
}
