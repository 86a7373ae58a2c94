using System.Globalization;
using System.Text;
using LongAlign.Data;
using LongAlign.Sequences;

namespace LongAlign.Cli.Commands;

/// <summary>A row as it will be learned, for people to look at.</summary>
/// <param name="Source">File and line.</param>
/// <param name="Tokens">The number of its tokens.</param>
/// <param name="Targets">The number of them that are learned.</param>
/// <param name="Parts">Its text, with whether it is learned.</param>
/// <param name="LeftOut">The reason why it is left out; null where it is not.</param>
internal sealed record ShownRow(string Source, int Tokens, int Targets, IReadOnlyList<ShownPart> Parts, string? LeftOut)
{
    private const int Longest = 2_000;

    public static IEnumerable<ShownRow> Of(IEnumerable<ChatConversation> rows, ModelTokenizer tokenizer, ChatTemplate template, TokenizationOptions options)
    {
        Dictionary<int, string> names = tokenizer.SpecialTokens.GroupBy(token => token.Value).ToDictionary(group => group.Key, group => group.First().Key);
        foreach (ChatConversation row in rows)
        {
            StreamedSequences sequences = new ChatDataset([row]).TokenizeStreaming(tokenizer, template, options);
            bool isThere = false;
            foreach (TokenSequence sequence in sequences)
            {
                isThere = true;
                yield return new ShownRow(row.Source, sequence.Length, sequence.TargetCount, PartsOf(sequence, tokenizer, names), LeftOut: null);
            }

            if (!isThere)
            {
                ReportedRows why = sequences.Report.Skipped[0];
                yield return new ShownRow(row.Source, 0, 0, [], $"{why.Reason} ({why.Examples[0]})");
            }
        }
    }

    public string ToString(bool inColour)
    {
        if (LeftOut is not null)
        {
            return $"--- {Source}: left out, {LeftOut}\n";
        }

        (string begin, string end) = inColour ? ("\e[32m", "\e[0m") : ("⟦", "⟧");
        StringBuilder text = new(string.Create(CultureInfo.InvariantCulture, $"--- {Source}: {Tokens:N0} tokens, {Targets:N0} targets\n"));
        foreach (ShownPart part in Parts)
        {
            string shown = part.Text.Length <= Longest ? part.Text
                : string.Create(CultureInfo.InvariantCulture, $"{part.Text[..(Longest / 2)]} … {part.Text.Length - Longest:N0} characters … {part.Text[^(Longest / 2)..]}");
            text.Append(part.IsTarget ? begin + shown + end : shown);
        }

        return text.Append('\n').ToString();
    }

    private static List<ShownPart> PartsOf(TokenSequence sequence, ModelTokenizer tokenizer, Dictionary<int, string> names)
    {
        List<ShownPart> parts = [];
        StringBuilder text = new();
        TokenDecoder decoder = tokenizer.CreateDecoder();
        bool isTarget = false;
        for (int t = 0; t < sequence.Length; t++)
        {
            bool isNext = t > 0 && sequence.Labels[t] != TokenSequence.IgnoreIndex;
            if (isNext != isTarget)
            {
                Add();
                isTarget = isNext;
            }

            int id = sequence.InputIds[t];
            string piece = decoder.Append(id);
            text.Append(piece.Length == 0 ? names.GetValueOrDefault(id, "") : piece);
        }

        text.Append(decoder.Finish());
        Add();
        return parts;

        void Add()
        {
            if (text.Length > 0)
            {
                parts.Add(new ShownPart(text.ToString(), isTarget));
                text.Clear();
            }
        }
    }
}
