using LongAlign.Data.Templates.Jinja;

namespace LongAlign.Data;

/// <summary>A stretch of rendered text that comes from one part of an assistant's message.</summary>
/// <param name="Part">The part.</param>
/// <param name="Start">Its first character, in UTF-16 units.</param>
/// <param name="End">Behind its last.</param>
/// <param name="SourceStart">Its first character in the part.</param>
/// <param name="SourceEnd">Behind its last there.</param>
internal readonly record struct AnswerSpan(MessagePart Part, int Start, int End, int SourceStart, int SourceEnd)
{
    /// <summary>
    /// What assistants say in a rendered text, in order. What a template writes between two of one part just as it stands there, such as
    /// tags that it looks for and writes itself, belongs to them.
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
