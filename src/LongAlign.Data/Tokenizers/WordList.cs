namespace LongAlign.Data;

/// <summary>A text and the words that it is cut into so far.</summary>
internal ref struct WordList
{
    public WordList(ReadOnlySpan<char> text, TextPlace place, List<(int Offset, int Length)> words)
    {
        Text = text;
        Place = place;
        Words = words;
        words.Clear();
        if (text.Length > 0)
        {
            words.Add((0, text.Length));
        }
    }

    public ReadOnlySpan<char> Text { get; private set; }

    /// <summary>The place of the first word.</summary>
    public TextPlace Place { get; private set; }

    public List<(int Offset, int Length)> Words { get; }

    /// <summary>Cuts the words.</summary>
    public void Cut(TextCutter cutter)
    {
        int first = Words.Count > 0 ? Words[0].Offset : 0;
        cutter.Cut(Text, Words);
        if (Words.Count > 0 && Words[0].Offset != first)
        {
            Place = TextPlace.BehindToken; // What stood before it is gone.
        }
    }

    /// <summary>Writes each word in another way.</summary>
    public void Change(WordChange change)
    {
        System.Text.StringBuilder all = new(Text.Length + Words.Count);
        for (int i = 0; i < Words.Count; i++)
        {
            int start = all.Length;
            change(Text.Slice(Words[i].Offset, Words[i].Length), i == 0 ? Place : TextPlace.BehindToken, all);
            Words[i] = (start, all.Length - start);
        }

        Text = all.ToString();
    }
}
