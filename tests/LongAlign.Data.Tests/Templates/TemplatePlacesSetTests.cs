using System.Text.Json;

namespace LongAlign.Data.Tests;

/// <summary>With every template that models have: a call is given in the form it takes, whatever form the row has it in, or the row is refused.</summary>
[Trait("Category", "Golden")]
public sealed class TemplatePlacesSetTests
{
    private static readonly SpecialTokenFinder NoSpecials = new([]);

    [Fact]
    public void Calls_come_out_as_JSON_and_the_same_from_objects_and_texts_or_are_refused()
    {
        ChatTemplateSet set = ChatTemplateSet.Open();
        List<string> wrong = [];
        int rendered = 0;
        foreach (JsonElement row in set.Templates)
        {
            JinjaChatTemplate template = set.Load(row);
            string[] texts = [.. new[] { "{\"city\": \"Oslo\"}", "\"{\\\"city\\\": \\\"Oslo\\\"}\"" }.Select(arguments => Render(template, Calling(arguments)))];
            string id = row.GetProperty("id").GetString()!;
            bool isRefused = texts[0].StartsWith("refused", StringComparison.Ordinal);
            bool takesCalls = row.GetProperty("supports").GetProperty("tool_calls").GetBoolean();
            rendered += isRefused ? 0 : 1;
            if (texts[0] != texts[1] || (!isRefused && (!texts[0].Contains("Oslo", StringComparison.Ordinal) || texts[0].Contains("'city'", StringComparison.Ordinal) || texts[0].Contains("\\\"city", StringComparison.Ordinal) || texts[0].Contains("None", StringComparison.Ordinal))))
            {
                wrong.Add($"{id}: {texts[0]} and {texts[1]}");
            }

            if (takesCalls && isRefused)
            {
                wrong.Add($"{id}, which has a place for calls: {texts[0]}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
        Assert.True(rendered > 0);
        TestContext.Current.TestOutputHelper?.WriteLine($"{rendered} of {set.Templates.Count} take calls");
    }

    [Fact]
    public void Thoughts_come_out_by_every_name_where_the_template_has_a_place_and_are_refused_elsewhere()
    {
        ChatTemplateSet set = ChatTemplateSet.Open();
        List<string> wrong = [];
        foreach (JsonElement row in set.Templates)
        {
            JinjaChatTemplate template = set.Load(row);
            string[] texts = [.. ChatMessage.ThoughtFields.Select(name => Render(template, new ChatConversation(
                [new ChatMessage("user", "17+5?"), new ChatMessage("assistant", "22") { Fields = new Dictionary<string, JsonElement> { [name] = Json("\"seventeen and five\"") } }], "chat")))];
            bool isAll = texts.All(text => text.Contains("seventeen and five", StringComparison.Ordinal)) && texts.Distinct().Count() == 1;
            bool isNone = texts.All(text => text.StartsWith("refused", StringComparison.Ordinal));
            if (!isAll && !isNone)
            {
                wrong.Add($"{row.GetProperty("id")}: {string.Join(" and ", texts)}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
    }

    private static string Render(JinjaChatTemplate template, ChatConversation chat)
    {
        try
        {
            return string.Concat(template.RenderForTraining(template.Fit(chat), NoSpecials, new TokenizationOptions())[0].Segments.Select(segment => segment.Text));
        }
        catch (ChatDataException e)
        {
            return $"refused: {e.Message}";
        }
    }

    private static ChatConversation Calling(string arguments) => new(
    [
        new ChatMessage("user", "Weather?"),
        new ChatMessage("assistant", "")
        {
            Fields = new Dictionary<string, JsonElement>
            {
                ["tool_calls"] = Json($$$"""[{"id":"call12345","type":"function","function":{"name":"get_weather","arguments":{{{arguments}}}}}]"""),
                ["content"] = Json("null"),
            },
        },
    ], "chat");

    private static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;
}
