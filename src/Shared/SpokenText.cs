using System.Text;
using System.Text.RegularExpressions;

namespace LongAlign.Requests;

/// <summary>
/// A reply in two parts: what the model says and what it thinks. Thoughts stand between tags; where the prompt has the opening tag, the
/// closing one stands alone and all before it is thought; where thoughts never end, all behind the opening tag is. A tag beside a backtick is text.
/// </summary>
/// <param name="Text">The spoken text, without the marks around thoughts; the reply as it is where it has none.</param>
/// <param name="Thoughts">The thoughts; null for none.</param>
/// <param name="IsUnfinished">Whether thoughts never end.</param>
internal sealed partial record SpokenText(string Text, string? Thoughts, bool IsUnfinished)
{
    /// <summary>Takes the thoughts off a reply.</summary>
    public static SpokenText Of(string reply)
    {
        StringBuilder said = new();
        StringBuilder thought = new();
        bool isThinking = false;
        bool hasThoughts = false;
        int begin = 0;
        foreach (Match tag in Tags().Matches(reply))
        {
            ReadOnlySpan<char> before = reply.AsSpan(begin, tag.Index - begin);
            bool isEnd = tag.Groups["end"].Success;
            if (isEnd && !isThinking)
            {
                Append(thought, said.ToString());
                said.Clear();
                isThinking = true;
            }

            if (isThinking)
            {
                Append(thought, before); // an opening tag within thoughts is a part of them
            }
            else
            {
                said.Append(before);
            }

            hasThoughts = true;
            isThinking = !isEnd;
            begin = tag.Index + tag.Length;
        }

        if (!hasThoughts)
        {
            return new SpokenText(reply, null, IsUnfinished: false);
        }

        ReadOnlySpan<char> rest = reply.AsSpan(begin);
        if (isThinking)
        {
            Append(thought, rest);
        }
        else
        {
            said.Append(rest);
        }

        return new SpokenText(said.ToString().Trim(), thought.ToString(), isThinking);
    }

    private static void Append(StringBuilder thought, ReadOnlySpan<char> piece)
    {
        piece = piece.Trim();
        if (!piece.IsEmpty)
        {
            thought.Append(thought.Length > 0 ? "\n" : "").Append(piece);
        }
    }

    /// <summary>The tags that open models have: DeepSeek, Qwen and most; Seed; Magistral; Kimi; OpenThinker; Command.</summary>
    [GeneratedRegex(
        @"(?<!`)(?:<(?<end>/)?(?:seed:)?(?:think|thinking|thoughts?|reasoning)\s*>|\[(?<end>/)?THINK\]|◁(?<end>/)?think▷|<\|(?:begin|(?<end>end))_of_thought\|>|<\|(?:START|(?<end>END))_THINKING\|>)(?!`)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Tags();
}
