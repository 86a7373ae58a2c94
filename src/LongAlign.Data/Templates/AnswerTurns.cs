namespace LongAlign.Data;

/// <summary>
/// Finds in a rendered conversation what is to be learned: of each assistant's message, from the end of the generation prompt before it
/// up to the special token behind it.
/// </summary>
/// <param name="chat">The rendered conversation.</param>
/// <param name="prompt">The generation prompt of the template; empty where it has none or it isn't known.</param>
/// <param name="messages">The number of messages.</param>
/// <param name="render">Renders the first messages, with the generation prompt or without; null where the template refuses that.</param>
internal sealed class AnswerTurns(RenderedChat chat, string prompt, int messages, Func<int, bool, string?> render)
{
    private bool? _endsWithMany;

    /// <summary>Whether a turn ends with more than one special token, told by the last.</summary>
    private bool EndsWithMany => _endsWithMany ??= CountSpecialsBehindLast() > 1;

    /// <summary>The turns, in order. A message of which nothing is rendered has none: an empty answer teaches nothing.</summary>
    public List<AnswerTurn> Find()
    {
        List<AnswerTurn> turns = [];
        int done = 0;
        for (int i = 0; i < chat.Spans.Count;)
        {
            AnswerSpan first = chat.Spans[i];
            if (first.Start < done)
            {
                i++;
                continue;
            }

            int message = first.Part.Message;
            (int last, int bound, bool isExact) = LastOf(i, message);
            int start = StartOf(first, message, done);
            int end = EndOf(chat.Spans[last].End, bound, isExact);
            turns.Add(new AnswerTurn(start, end, message));
            done = end;
            i = last + 1;

            // What a later turn repeats of this message, such as the name of a call beside its result, is nobody's answer.
            while (i < chat.Spans.Count && chat.Spans[i].Part.Message == message)
            {
                i++;
            }
        }

        return turns;
    }

    /// <summary>The last span of the message that is said rather than repeated, and how far its turn may reach.</summary>
    private (int Last, int Bound, bool IsExact) LastOf(int first, int message)
    {
        int bound = chat.NextOther(chat.Spans[first].Start, message);
        bool isExact = false;
        bool calls = chat.Spans.Skip(first).TakeWhile(span => span.Part.Message == message).Any(span => span.Part.Path.StartsWith("tool_calls", StringComparison.Ordinal));
        if (message == messages - 1)
        {
            (bound, isExact) = (chat.Value.Length, true);
        }
        else if ((calls || EndsWithMany || HasAdjacentSpecials(chat.Spans[first].End, bound)) && EndOfPrefix(message + 1, withPrompt: false) is { } end && end > chat.Spans[first].Start)
        {
            (bound, isExact) = (Math.Min(bound, end), true);
        }

        HashSet<(string Path, int Start)> said = [];
        int last = first;
        for (int i = first; i < chat.Spans.Count && chat.Spans[i] is var span && span.Part.Message == message && span.Start < bound; i++)
        {
            if (!said.Add((span.Part.Path, span.SourceStart)) && span.Part.Path.StartsWith("tool_calls", StringComparison.Ordinal))
            {
                return (last, Math.Min(bound, span.Start), IsExact: false);
            }

            last = i;
        }

        return (last, bound, isExact);
    }

    private int CountSpecialsBehindLast()
    {
        AnswerSpan last = chat.Spans[^1];
        int bound = last.Part.Message == messages - 1 ? chat.Value.Length : EndOfPrefix(last.Part.Message + 1, withPrompt: false) ?? last.End;
        return chat.Specials.Count(special => special.Start >= last.End && special.End <= bound);
    }

    /// <summary>Whether a special token stands right behind another: whether both end the turn, the text alone does not say.</summary>
    private bool HasAdjacentSpecials(int from, int to)
        => chat.Specials.Zip(chat.Specials.Skip(1)).Any(pair => pair.First.Start >= from && pair.Second.End <= to && pair.First.End == pair.Second.Start);

    private int StartOf(AnswerSpan first, int message, int done)
    {
        int literal = Math.Max(done, chat.EndOfOther(first.Start, message));
        int at = prompt.Length > 0 ? chat.Value.AsSpan(literal, first.Start - literal).LastIndexOf(prompt) : -1;
        return at >= 0 ? literal + at + prompt.Length
            : EndOfPrefix(message, withPrompt: true) is { } end && end >= literal && end <= first.Start ? end
            : first.Start;
    }

    /// <summary>Up to and with the next special token; the last one of the turn where the turn's end is known.</summary>
    private int EndOf(int at, int bound, bool isExact)
    {
        int end = at;
        foreach ((int start, int specialEnd) in chat.Specials)
        {
            if (start < at)
            {
                continue;
            }

            if (specialEnd > bound || (end > at && !isExact))
            {
                break;
            }

            end = specialEnd;
        }

        return end;
    }

    /// <summary>The end of the first messages, if the whole text begins with what they render to; else null.</summary>
    private int? EndOfPrefix(int count, bool withPrompt)
        => count > 0 && render(count, withPrompt) is { } text && chat.Value.StartsWith(text, StringComparison.Ordinal) ? text.Length : null;
}
