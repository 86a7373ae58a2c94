namespace LongAlign.Data;

/// <summary>Cuts SentencePiece's normalized text before each run of ▁.</summary>
internal sealed class SpacePreTokenizer : WordPreTokenizer
{
    public override void Split(ReadOnlySpan<char> text, List<(int Offset, int Length)> words)
    {
        for (int start = 0; start < text.Length;)
        {
            int spaces = text[start..].IndexOfAnyExcept(SentencePieceBpe.Space);
            int letters = spaces < 0 ? -1 : text[(start + spaces)..].IndexOf(SentencePieceBpe.Space);
            int end = letters < 0 ? text.Length : start + spaces + letters;
            words.Add((start, end - start));
            start = end;
        }
    }
}
