using LongAlign.Data.Templates.Jinja;

namespace LongAlign.Data;

/// <summary>Finds in a rendered text what assistants say.</summary>
internal static class AnswerSpans
{
    /// <summary>
    /// The spans in order. What a template writes between two of one part just as it stands there, such as tags that it looks for and
    /// writes itself, belongs to them.
    /// </summary>
    public static List<AnswerSpan> Of(Text text)
    {
        List<AnswerSpan> spans = [];
        TextSource? last = null;
        ReadOnlySpan<TextRun> runs = text.Runs;
        for (int i = 0; i < runs.Length; i++)
        {
            TextRun run = runs[i];
            if (run.Source?.Tag is not MessagePart { IsAnswer: true } part)
            {
                continue;
            }

            AnswerSpan span = new(part, run.Start, text.EndOf(i), run.SourceStart, run.SourceStart + run.SourceLength);
            if (ReferenceEquals(last, run.Source) && Follows(text.Value, spans[^1], span, run.Source.Text))
            {
                spans[^1] = spans[^1] with { End = span.End, SourceEnd = span.SourceEnd };
            }
            else
            {
                spans.Add(span);
            }

            last = run.Source;
        }

        return spans;
    }

    private static bool Follows(string text, AnswerSpan before, AnswerSpan span, string source)
        => span.SourceStart >= before.SourceEnd
            && text.AsSpan(before.End, span.Start - before.End).SequenceEqual(source.AsSpan(before.SourceEnd, span.SourceStart - before.SourceEnd));
}
