namespace LongAlign.Data.SelfInstruct;

/// <summary>The language of a document, which is that of its prompts.</summary>
public enum DocumentLanguage
{
    /// <summary>Latin letters; other languages that use them count as English.</summary>
    English,

    /// <summary>Chinese characters without Japanese kana or Korean hangul.</summary>
    Chinese,

    /// <summary>Any other script, or no letters.</summary>
    Other,
}
