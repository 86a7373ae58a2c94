using System.Text;

namespace LongAlign.Data;

/// <summary>Makes text ready for SentencePiece, by the rules of the model's normalizer.</summary>
internal sealed record SentencePieceText
{
    /// <summary>Texts that are replaced by others; null for none.</summary>
    public CharacterMap? Map { get; init; }

    /// <summary>Whether a space is put before every text.</summary>
    public bool AddsPrefix { get; init; } = true;

    /// <summary>Whether spaces at both ends, and all but one of several, are removed.</summary>
    public bool RemovesExtraSpaces { get; init; } = true;

    /// <summary>Whether spaces become ▁.</summary>
    public bool EscapesSpaces { get; init; } = true;

    /// <summary>User-defined pieces, which no rule changes.</summary>
    public TokenTrie? Fixed { get; init; }

    /// <summary>Whether spaces become ▁, one may be put before the text, and nothing else changes.</summary>
    public bool IsPlain => Map is null && !RemovesExtraSpaces && EscapesSpaces;

    public string Normalize(ReadOnlySpan<char> text, bool continues)
    {
        if (text.IsEmpty)
        {
            return "";
        }

        bool hasPrefix = AddsPrefix && !continues;
        string space = EscapesSpaces ? "▁" : " ";
        if (Map is null && !RemovesExtraSpaces)
        {
            string plain = EscapesSpaces ? text.ToString().Replace(' ', SpaceWords.Space) : text.ToString();
            return hasPrefix ? space + plain : plain;
        }

        if (RemovesExtraSpaces)
        {
            while (!text.IsEmpty && Prefix(text, out int length) is [' '])
            {
                text = text[length..];
            }

            if (text.IsEmpty)
            {
                return "";
            }
        }

        StringBuilder all = new(hasPrefix ? space : "", text.Length + 1);
        bool wasSpace = RemovesExtraSpaces;
        while (!text.IsEmpty)
        {
            ReadOnlySpan<char> part = Prefix(text, out int length);
            part = wasSpace ? part.TrimStart(' ') : part;
            if (!part.IsEmpty)
            {
                all.Append(EscapesSpaces && part.Contains(' ') ? part.ToString().Replace(' ', SpaceWords.Space) : part);
                wasSpace = RemovesExtraSpaces && part[^1] == ' ';
            }

            wasSpace &= RemovesExtraSpaces;
            text = text[length..];
        }

        int end = all.Length;
        while (RemovesExtraSpaces && end > 0 && all[end - 1] == space[0])
        {
            end--;
        }

        return all.ToString(0, end);
    }

    /// <summary>Returns the beginning of a text, replaced if there is a rule for it.</summary>
    private ReadOnlySpan<char> Prefix(ReadOnlySpan<char> text, out int length)
    {
        if (Fixed is not null && Fixed.Longest(text, out length) != TokenTrie.None)
        {
            return text[..length];
        }

        if (Map?.Find(text, out length) is { } replaced)
        {
            return replaced;
        }

        length = text.Length > 1 && char.IsSurrogatePair(text[0], text[1]) ? 2 : 1;
        return text[..length];
    }
}
