using System.Text.Json;
using LongAlign.Data.Templates.Jinja;

namespace LongAlign.Data.Tests;

/// <summary>The models' own templates render what they do in Transformers, and every character tells where it came from.</summary>
[Trait("Category", "Golden")]
public sealed class ChatTemplateSetTests
{
    private const double LeastRendered = 0.98;

    [Fact]
    public void Texts_equal_those_of_Jinja2_and_errors_are_errors()
    {
        ChatTemplateSet set = ChatTemplateSet.Open();
        int rendered = 0;
        List<string> refused = [];
        List<string> different = [];
        foreach (JsonElement row in set.Templates)
        {
            foreach ((JsonElement expected, ChatConversation chat) in set.Cases(row))
            {
                string where = $"{row.GetProperty("id")}, {chat.Source}";
                (string? text, ChatDataException? error) = Render(set, row, chat, addGenerationPrompt: false);
                (string? prompt, _) = Render(set, row, chat, addGenerationPrompt: true);
                if (expected.TryGetProperty("error", out JsonElement fault))
                {
                    bool isRaised = fault.GetProperty("type").GetString() == "TemplateError";
                    bool isSame = error is not null && (!isRaised || (error.InnerException is JinjaException { IsRaised: true } raised && raised.Fault == fault.GetProperty("message").GetString()));
                    (isSame ? [] : different).Add($"{where}: {text ?? error!.Message}, not {fault}");
                    rendered += isSame ? 1 : 0;
                }
                else if (error is not null)
                {
                    refused.Add($"{where}: {error.Message}");
                }
                else
                {
                    bool isSame = text == expected.GetProperty("text").GetString() && (prompt == Prompt(expected) || Prompt(expected) is null);
                    (isSame ? [] : different).Add($"{where}: {text} and {prompt}, not {expected}");
                    rendered += isSame ? 1 : 0;
                }
            }
        }

        Assert.Empty(different);
        Assert.True(rendered >= LeastRendered * (rendered + refused.Count), string.Join('\n', refused.Take(20)));
    }

    [Fact]
    public void Spans_of_assistants_and_of_generation_blocks_equal_those_of_the_set()
    {
        ChatTemplateSet set = ChatTemplateSet.Open();
        int compared = 0;
        List<string> different = [];
        foreach (JsonElement row in set.Templates)
        {
            JinjaChatTemplate template = set.Load(row);
            foreach ((JsonElement expected, ChatConversation chat) in set.Cases(row).Where(c => c.Case.TryGetProperty("text", out _)))
            {
                if (Run(template, chat) is not { } output)
                {
                    continue;
                }

                string where = $"{row.GetProperty("id")}, {chat.Source}";
                if (expected.TryGetProperty("generation_spans", out JsonElement generations))
                {
                    Add(where, string.Join(' ', generations.EnumerateArray().Select(Range)), string.Join(' ', output.Generations.Select(span => (span.Start, span.End))));
                }

                if (expected.GetProperty("assistant_spans") is { ValueKind: JsonValueKind.Array } spans)
                {
                    bool trims = expected.TryGetProperty("shadow", out JsonElement shadow) && shadow.EnumerateArray().Any(part => part.GetProperty("tags").GetString() == "tags kept");
                    Add(
                        where,
                        string.Join(' ', spans.EnumerateArray().Select(span => Show(span.GetProperty("message").GetInt32(), span.GetProperty("part").GetString()!, Range(span), output.Text.Value, trims))),
                        string.Join(' ', AnswerSpan.Of(output.Text).Select(span => Show(span.Part.Message, span.Part.Path, (span.Start, span.End), output.Text.Value, trims))));
                }
            }
        }

        Assert.Empty(different);
        Assert.True(compared > 0);

        void Add(string where, string expected, string actual)
        {
            compared++;
            if (expected != actual)
            {
                different.Add($"{where}: {actual}, not {expected}");
            }
        }
    }

    [Fact]
    public void What_is_learned_begins_where_the_generation_prompt_ends_and_holds_what_the_assistant_says()
    {
        ChatTemplateSet set = ChatTemplateSet.Open();
        List<string> different = [];
        foreach (JsonElement row in set.Templates)
        {
            JinjaChatTemplate template = set.Load(row);
            foreach ((JsonElement expected, ChatConversation chat) in set.Cases(row).Where(c => c.Case.TryGetProperty("text", out _)))
            {
                if (Run(template, chat) is not { } output)
                {
                    continue;
                }

                List<(int Start, int End)> targets = Targets(template.Render(chat));
                string where = $"{row.GetProperty("id")}, {chat.Source}: {string.Join(' ', targets)}";
                if (expected.GetProperty("turn_spans") is { ValueKind: JsonValueKind.Array } turns && !expected.TryGetProperty("generation_spans", out _))
                {
                    // A turn that nothing of is said teaches nothing.
                    List<AnswerSpan> said = AnswerSpan.Of(output.Text);
                    (int Start, int End)[] ranges = [.. turns.EnumerateArray().Where(turn => turn.ValueKind == JsonValueKind.Object && !FollowsAnswer(chat, turn)).Select(Range)];
                    different.AddRange(ranges
                        .Where(turn => said.Any(span => span.Start >= turn.Start && span.End <= turn.End)
                            && !targets.Any(target => target.Start == turn.Start || (target.Start < turn.Start && target.End > turn.Start && ranges.Any(before => before.End == turn.Start))))
                        .Select(turn => $"{where}, no {turn}"));
                }

                different.AddRange(FirstSaid(output, chat)
                    .Where(span => !targets.Any(target => target.Start <= span.Start && span.End <= target.End) && !(output.Generations.Count > 0 || template.Text.Contains("endgeneration", StringComparison.Ordinal)))
                    .Select(span => $"{where}, not learned {span}"));
            }
        }

        Assert.True(different.Count == 0, string.Join('\n', different));
    }

    /// <summary>Whether the message before is an assistant's too: where one ends and the other begins the template need not say.</summary>
    private static bool FollowsAnswer(ChatConversation chat, JsonElement turn) => turn.GetProperty("message").GetInt32() is var i && i > 0 && chat.Messages[i - 1].Role == "assistant";

    /// <summary>What is said of each part, the first time: a call's name may be repeated beside its result.</summary>
    private static IEnumerable<AnswerSpan> FirstSaid(JinjaOutput output, ChatConversation chat)
        => AnswerSpan.Of(output.Text).Where(span => chat.Messages[span.Part.Message].Role == "assistant").DistinctBy(span => (span.Part.Message, span.Part.Path, span.SourceStart));

    private static List<(int Start, int End)> Targets(IReadOnlyList<ChatSegment> segments)
    {
        List<(int Start, int End)> targets = [];
        int at = 0;
        foreach (ChatSegment segment in segments)
        {
            if (segment.IsTarget && targets.Count > 0 && targets[^1].End == at)
            {
                targets[^1] = targets[^1] with { End = at + segment.Text.Length };
            }
            else if (segment.IsTarget)
            {
                targets.Add((at, at + segment.Text.Length));
            }

            at += segment.Text.Length;
        }

        return targets;
    }

    /// <summary>
    /// The set's makers found spans without looking into the engine: tags that a template looks for had to stay as they are, and count as
    /// the assistant's between its other characters alone. At the ends of a span they are left out here too.
    /// </summary>
    private static string Show(int message, string part, (int Start, int End) span, string text, bool trims)
    {
        for (bool isTrimmed = trims; isTrimmed;)
        {
            ReadOnlySpan<char> inside = text.AsSpan(span.Start, span.End - span.Start);
            string? tag = Array.Find(["<think>", "</think>", "\n", " "], tag => text.AsSpan(span.Start, span.End - span.Start).StartsWith(tag));
            isTrimmed = tag is not null && inside.Length >= tag.Length;
            span.Start += isTrimmed ? tag!.Length : 0;
        }

        return $"{message}.{part}{span}";
    }

    private static (int Start, int End) Range(JsonElement span) => (span.GetProperty("utf16")[0].GetInt32(), span.GetProperty("utf16")[1].GetInt32());

    private static string? Prompt(JsonElement expected)
        => expected.TryGetProperty("generation_prompt", out JsonElement added) ? expected.GetProperty("text").GetString() + added.GetString()
            : expected.TryGetProperty("text_with_generation_prompt", out JsonElement whole) ? whole.GetString()
            : null;

    private static JinjaOutput? Run(JinjaChatTemplate template, ChatConversation chat)
    {
        try
        {
            return template.Run(chat, addGenerationPrompt: false);
        }
        catch (ChatDataException)
        {
            return null;
        }
    }

    private static (string? Text, ChatDataException? Error) Render(ChatTemplateSet set, JsonElement row, ChatConversation chat, bool addGenerationPrompt)
    {
        try
        {
            return (set.Load(row).Run(chat, addGenerationPrompt).Text.Value, null);
        }
        catch (JinjaException e)
        {
            return (null, new ChatDataException(e.Message, e));
        }
        catch (ChatDataException e)
        {
            return (null, e);
        }
    }
}
