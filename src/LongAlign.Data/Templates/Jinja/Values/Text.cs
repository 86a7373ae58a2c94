namespace LongAlign.Data.Templates.Jinja;

/// <summary>A string whose characters know where they came from. Immutable; equal to texts of the same characters.</summary>
internal sealed class Text : IEquatable<Text>
{
    private static readonly TextRun[] LiteralRuns = [new TextRun(0, null, 0, 0)];

    private readonly TextRun[] _runs;
    private int[]? _starts;

    internal Text(string value, TextRun[] runs, bool isMarkup = false)
    {
        Value = value;
        _runs = runs;
        IsMarkup = isMarkup;
    }

    public static Text Empty { get; } = new("", LiteralRuns);

    public string Value { get; }

    /// <summary>The origins of the characters, from the first to the last.</summary>
    public ReadOnlySpan<TextRun> Runs => _runs;

    /// <summary>Whether it is marked as safe, so that adding to it escapes what is not, as Jinja's Markup does.</summary>
    public bool IsMarkup { get; }

    public bool IsLiteral => _runs.Length == 1 && _runs[0].Source is null;

    /// <summary>The length in code points, as Python counts.</summary>
    public int Length => HasSurrogates ? Starts.Length - 1 : Value.Length;

    private bool HasSurrogates => _starts is not null || Value.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0;

    private int[] Starts => _starts ??= FindStarts(Value);

    public static Text Literal(string value) => value.Length == 0 ? Empty : new Text(value, LiteralRuns);

    public static Text From(TextSource source) => source.Text.Length == 0 ? Empty : new Text(source.Text, [new TextRun(0, source, 0, source.Text.Length)]);

    /// <summary>Part of the text, in UTF-16 units.</summary>
    public Text Substring(int start, int length)
    {
        if (length == 0)
        {
            return IsMarkup ? new Text("", LiteralRuns, isMarkup: true) : Empty;
        }

        return start == 0 && length == Value.Length ? this
            : IsLiteral ? new Text(Value.Substring(start, length), LiteralRuns, IsMarkup)
            : new Text(Value.Substring(start, length), [.. RunsOf(start, length, 0).Select(piece => piece.Run)], IsMarkup);
    }

    public Text Substring(int start) => Substring(start, Value.Length - start);

    /// <summary>A code point of the text.</summary>
    public Text At(int index) => HasSurrogates ? Substring(Starts[index], Starts[index + 1] - Starts[index]) : Substring(index, 1);

    /// <summary>Returns the offset of a code point, in UTF-16 units; the index after the last gives the text's end.</summary>
    public int OffsetOf(int index) => HasSurrogates ? Starts[index] : index;

    /// <summary>Returns the index of the code point at an offset.</summary>
    public int IndexOf(int offset) => HasSurrogates ? Array.BinarySearch(Starts, offset) is >= 0 and var index ? index : ~Array.BinarySearch(Starts, offset) - 1 : offset;

    /// <summary>The text with other characters, as many as before.</summary>
    public Text WithValue(string value) => value.Length == Value.Length ? new Text(value, _runs, IsMarkup) : throw new ArgumentException("The length differs.", nameof(value));

    public Text AsMarkup(bool isMarkup = true) => isMarkup == IsMarkup ? this : new Text(Value, _runs, isMarkup);

    /// <summary>The runs of a part, as they stand in a text in which it begins at an offset, and how long each is.</summary>
    public IEnumerable<(TextRun Run, int Length)> RunsOf(int start, int length, int at)
    {
        int first = FindRun(start);
        for (int i = first; i < _runs.Length && _runs[i].Start < start + length; i++)
        {
            TextRun run = _runs[i];
            int skipped = Math.Max(0, start - run.Start);
            int end = Math.Min(start + length, EndOf(i));
            int taken = end - run.Start - skipped;
            bool isCopy = run.SourceLength == EndOf(i) - run.Start;
            TextRun piece = run with { Start = at + run.Start + skipped - start };
            yield return (run.Source is not null && isCopy ? piece with { SourceStart = run.SourceStart + skipped, SourceLength = taken } : piece, taken);
        }
    }

    /// <summary>The end of a run.</summary>
    public int EndOf(int run) => run + 1 < _runs.Length ? _runs[run + 1].Start : Value.Length;

    public bool Equals(Text? other) => other is not null && Value == other.Value;

    public override bool Equals(object? obj) => Equals(obj as Text);

    public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Value;

    private int FindRun(int offset)
    {
        int low = 0;
        int high = _runs.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = _runs[middle].Start <= offset ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private static int[] FindStarts(string value)
    {
        List<int> starts = new(value.Length + 1);
        for (int i = 0; i < value.Length; i += char.IsSurrogatePair(value, i) ? 2 : 1)
        {
            starts.Add(i);
        }

        starts.Add(value.Length);
        return [.. starts];
    }
}
