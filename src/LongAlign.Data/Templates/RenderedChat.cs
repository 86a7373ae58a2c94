using LongAlign.Data.Templates.Jinja;

namespace LongAlign.Data;

/// <summary>A conversation as a model's own template renders it, with the special tokens in its literals.</summary>
internal sealed class RenderedChat
{
    private readonly Text _text;

    public RenderedChat(JinjaOutput output, SpecialTokenFinder finder)
    {
        _text = output.Text;
        Generations = output.Generations;
        Spans = AnswerSpan.Of(_text);
        Specials = FindSpecials(finder);
    }

    public string Value => _text.Value;

    public IReadOnlyList<(int Start, int End)> Generations { get; }

    public List<AnswerSpan> Spans { get; }

    /// <summary>The ranges of special tokens, in order.</summary>
    public List<(int Start, int End)> Specials { get; }

    /// <summary>The parts of messages that stand in the text, with where in the part their characters come from.</summary>
    public IEnumerable<(MessagePart Part, int Start, int End)> Parts()
    {
        for (int i = 0; i < _text.Runs.Length; i++)
        {
            if (_text.Runs[i] is { Source.Tag: MessagePart part } run)
            {
                yield return (part, run.SourceStart, run.SourceStart + run.SourceLength);
            }
        }
    }

    /// <summary>Returns the place behind the last character before a given place that belongs to no message.</summary>
    public int EndOfOther(int before, int message)
    {
        ReadOnlySpan<TextRun> runs = _text.Runs;
        for (int i = runs.Length - 1; i >= 0; i--)
        {
            if (runs[i].Start < before && IsOther(runs[i], message))
            {
                return Math.Min(before, _text.EndOf(i));
            }
        }

        return 0;
    }

    /// <summary>Returns the place of the next character, from a given place on, that belongs to no message.</summary>
    public int NextOther(int behind, int message)
    {
        ReadOnlySpan<TextRun> runs = _text.Runs;
        for (int i = 0; i < runs.Length; i++)
        {
            if (runs[i].Start >= behind && IsOther(runs[i], message))
            {
                return runs[i].Start;
            }
        }

        return Value.Length;
    }

    /// <summary>Cuts the text at special tokens, at the borders of targets, and where literals and messages meet.</summary>
    public List<ChatSegment> ToSegments(IReadOnlyList<(int Start, int End)> targets)
    {
        List<ChatSegment> segments = [];
        SortedSet<int> borders = [.. targets.SelectMany(target => new[] { target.Start, target.End })];
        bool wasLiteral = true;
        ReadOnlySpan<TextRun> runs = _text.Runs;
        for (int i = 0; i < runs.Length; i++)
        {
            bool isLiteral = runs[i].Source is null;
            if (isLiteral != wasLiteral)
            {
                borders.Add(runs[i].Start);
            }

            wasLiteral = isLiteral;
        }

        int done = 0;
        int target = 0;
        foreach ((int start, int end) in Specials)
        {
            AddText(done, start);
            segments.Add(new ChatSegment(Value[start..end]) { IsSpecial = true, IsTarget = IsTarget(start) });
            done = end;
        }

        AddText(done, Value.Length);
        return segments;

        void AddText(int start, int end)
        {
            bool joins = false;
            foreach (int border in borders.GetViewBetween(start, end).Append(end).ToArray())
            {
                if (border > start)
                {
                    segments.Add(new ChatSegment(Value[start..border]) { IsTarget = IsTarget(start), Joins = joins });
                    joins = true;
                    start = border;
                }
            }
        }

        bool IsTarget(int at)
        {
            while (target < targets.Count && targets[target].End <= at)
            {
                target++;
            }

            return target < targets.Count && targets[target].Start <= at;
        }
    }

    private static bool IsOther(TextRun run, int message) => run.Source?.Tag is MessagePart part && part.Message != message;

    private List<(int Start, int End)> FindSpecials(SpecialTokenFinder finder)
    {
        List<(int Start, int End)> specials = [];
        ReadOnlySpan<TextRun> runs = _text.Runs;
        for (int i = 0; i < runs.Length; i++)
        {
            if (runs[i].Source is not null)
            {
                continue;
            }

            int end = _text.EndOf(i);
            for (int start = runs[i].Start; finder.TryFind(Value, start, end, out int at, out int length); start = at + length)
            {
                specials.Add((at, at + length));
            }
        }

        return specials;
    }
}
