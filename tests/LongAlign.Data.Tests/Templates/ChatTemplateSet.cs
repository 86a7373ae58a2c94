using System.Text.Json;

namespace LongAlign.Data.Tests;

/// <summary>Chat templates that models have, and what Jinja2 renders with them; see the README beside the data.</summary>
internal sealed class ChatTemplateSet
{
    private readonly string _folder;
    private readonly Dictionary<string, ChatConversation> _conversations;

    private ChatTemplateSet(string folder)
    {
        _folder = folder;
        _conversations = Read("conversations.json").GetProperty("conversations").EnumerateArray().Select(Conversation).ToDictionary(chat => chat.Source);
        Templates = [.. Read("index.json").GetProperty("templates").EnumerateArray()];
    }

    public IReadOnlyList<JsonElement> Templates { get; }

    /// <summary>The set; the test is skipped where there is none.</summary>
    public static ChatTemplateSet Open()
    {
        string? folder = SharedGolden.Find("chat-templates");
        Assert.SkipWhen(folder is null, "There is no folder chat-templates in LONGALIGN_GOLDEN, or in shared/golden beside the repository.");
        return new ChatTemplateSet(folder!);
    }

    public string Text(JsonElement template) => File.ReadAllText(Path.Combine(_folder, "templates", template.GetProperty("id").GetString() + ".jinja"));

    public JinjaChatTemplate Load(JsonElement template) => new(template.GetProperty("id").GetString()!, Text(template), new ChatTemplateOptions
    {
        SpecialTokens = template.GetProperty("tokens").EnumerateObject().ToDictionary(token => token.Name, token => token.Value.GetString()!),
        Clock = new FixedClock(),
    });

    public IEnumerable<(JsonElement Case, ChatConversation Conversation)> Cases(JsonElement template)
        => Read(Path.Combine("rendered", template.GetProperty("id").GetString() + ".json")).GetProperty("cases").EnumerateArray()
            .Select(rendered => (rendered, _conversations[rendered.GetProperty("conversation").GetString()!]));

    private static ChatConversation Conversation(JsonElement row) => new([.. row.GetProperty("messages").EnumerateArray().Select(Message)], row.GetProperty("id").GetString()!)
    {
        Tools = row.TryGetProperty("tools", out JsonElement tools) ? tools : null,
        Variables = row.TryGetProperty("kwargs", out JsonElement variables) ? variables.EnumerateObject().ToDictionary(variable => variable.Name, variable => variable.Value) : [],
    };

    private static ChatMessage Message(JsonElement message)
    {
        bool isText = message.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.String;
        return new ChatMessage(message.GetProperty("role").GetString()!, isText ? content.GetString()! : "")
        {
            Fields = message.EnumerateObject().Where(field => field.Name != "role" && !(isText && field.Name == "content")).ToDictionary(field => field.Name, field => field.Value),
        };
    }

    private JsonElement Read(string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_folder, name)));
        return document.RootElement.Clone();
    }

    /// <summary>The day on which the set was made.</summary>
    private sealed class FixedClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2026, 11, 28, 0, 0, 0, TimeSpan.Zero);
    }
}
