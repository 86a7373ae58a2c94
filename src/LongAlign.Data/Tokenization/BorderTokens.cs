namespace LongAlign.Data;

/// <summary>The policy for tokens across the border of what is learned: part answer, part prompt.</summary>
public enum BorderTokens
{
    /// <summary>The ids stay those of the whole text; the token is learned if its first character is. Such tokens are counted in the report.</summary>
    ByFirstCharacter,

    /// <summary>The text is tokenized in parts there, so that the ids are not those of the whole text. Such conversations are counted in the report.</summary>
    Split,

    /// <summary>The conversation has no place in the template.</summary>
    Refuse,
}
