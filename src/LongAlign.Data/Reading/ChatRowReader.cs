using System.Collections.ObjectModel;
using System.Text.Json;

namespace LongAlign.Data;

/// <summary>Makes a conversation of a row, whatever file it comes from. Immutable and thread-safe.</summary>
internal sealed class ChatRowReader(ChatReadingOptions options)
{
    private readonly ChatMessageReader _messages = new(options);

    /// <summary>Reads a row of JSON.</summary>
    /// <exception cref="RowException">It is not a conversation.</exception>
    public ChatConversation Read(ReadOnlyMemory<byte> json, string source, ICollection<string> unused)
    {
        using JsonDocument document = JsonText.Parse(json);
        return Read(document.RootElement, source, unused);
    }

    /// <summary>Reads a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="source">File and line.</param>
    /// <param name="unused">Gets the columns and keys that are not used.</param>
    /// <exception cref="RowException">It is not a conversation.</exception>
    public ChatConversation Read(JsonElement row, string source, ICollection<string> unused)
    {
        RowColumns columns = new(row, options, unused);
        string form = FormOf(columns);
        ChatConversation conversation = form switch
        {
            "text" => new ChatConversation([], source) { Text = new PlainText("", TextOf(columns, "text")) },
            "prompt and completion" => OfPrompt(columns, source, unused),
            "instruction and output" => new ChatConversation(OfInstruction(columns), source),
            _ => new ChatConversation(_messages.ReadAll(Take(columns, form), form, unused), source),
        };
        conversation = conversation with { Messages = WithSystem(conversation, columns), Tools = RowTools.Take(columns), Variables = TakeVariables(columns) };
        if (conversation is { Text: not null, Tools: not null })
        {
            throw new RowException("no place", "tools have no place beside text; expected messages.");
        }

        foreach (string name in columns.Rest)
        {
            unused.Add(name);
        }

        return conversation;
    }

    /// <summary>The one form that a row has.</summary>
    private static string FormOf(RowColumns columns)
    {
        List<string> forms = [.. RowColumns.Chats.Where(chat => columns.Has(chat) && !columns.IsEmpty(chat))];
        AddIf("prompt and completion", columns.Has("prompt") && columns.Has("completion"));
        AddIf("instruction and output", columns.Has("instruction") && columns.Has("output"));
        AddIf("text", forms.Count == 0 && columns.Has("text"));
        if (forms.Count == 0)
        {
            forms.AddRange(RowColumns.Chats.Where(columns.Has).Take(1));
        }

        return forms.Count == 1 ? forms[0]
            : forms.Count == 0 ? throw new RowException("no messages", $"there is no conversation in {columns.Names}; expected {ChatMessageReader.Expected}, conversations, prompt and completion, instruction and output, or text, or a mapping of the columns to these.")
            : throw new RowException("two conversations", $"there are {string.Join(" as well as ", forms)}; expected one of them, or the others mapped to '{ChatReadingOptions.Ignored}'.");

        void AddIf(string form, bool isThere)
        {
            if (isThere)
            {
                forms.Add(form);
            }
        }
    }

    private ChatConversation OfPrompt(RowColumns columns, string source, ICollection<string> unused)
    {
        (JsonElement prompt, JsonElement completion) = (Take(columns, "prompt"), Take(columns, "completion"));
        if (prompt.ValueKind == JsonValueKind.String && completion.ValueKind == JsonValueKind.String)
        {
            return new ChatConversation([], source) { Text = new PlainText(JsonText.Text(prompt), JsonText.Text(completion)) };
        }

        if (prompt.ValueKind != JsonValueKind.Array || completion.ValueKind != JsonValueKind.Array)
        {
            throw new RowException("no messages", $"the prompt is {JsonText.Describe(prompt)} and the completion {JsonText.Describe(completion)}; expected two texts, or two lists of messages.");
        }

        IEnumerable<ChatMessage> before = _messages.ReadAll(prompt, "prompt", unused).Select(message => message.Role == ChatRoles.Assistant ? message with { IsLearned = false } : message);
        return new ChatConversation([.. before, .. _messages.ReadAll(completion, "completion", unused)], source);
    }

    private static List<ChatMessage> OfInstruction(RowColumns columns)
    {
        List<ChatMessage> messages = [];
        if (columns.TryTake("history", out JsonElement history) && !JsonText.IsNothing(history))
        {
            string[][] rounds = history.ValueKind == JsonValueKind.Array && history.EnumerateArray().All(IsRound)
                ? [.. history.EnumerateArray().Select(round => round.EnumerateArray().Select(JsonText.Text).ToArray())]
                : throw new RowException("no history", "the column 'history' is not a list of rounds; expected [[question, answer], …], all texts.");
            messages.AddRange(rounds.SelectMany(round => new[] { new ChatMessage(ChatRoles.User, round[0]), new ChatMessage(ChatRoles.Assistant, round[1]) }));
        }

        string instruction = TextOf(columns, "instruction");
        string input = columns.Has("input") ? TextOf(columns, "input") : "";
        messages.Add(new ChatMessage(ChatRoles.User, input.Length == 0 ? instruction : instruction.Length == 0 ? input : $"{instruction}\n{input}"));
        messages.Add(new ChatMessage(ChatRoles.Assistant, TextOf(columns, "output")));
        return messages;

        static bool IsRound(JsonElement round)
            => round.ValueKind == JsonValueKind.Array && round.GetArrayLength() == 2 && round.EnumerateArray().All(text => text.ValueKind == JsonValueKind.String);
    }

    private static IReadOnlyList<ChatMessage> WithSystem(ChatConversation conversation, RowColumns columns)
    {
        if (!columns.TryTake("system", out JsonElement given) || JsonText.IsNothing(given))
        {
            return conversation.Messages;
        }

        string system = given.ValueKind == JsonValueKind.String ? JsonText.Text(given)
            : throw new RowException("no system", $"the column 'system' is {JsonText.Describe(given)}; expected a text.");
        ChatMessage? first = conversation.Messages.Count > 0 ? conversation.Messages[0] : null;
        return conversation.Text is not null ? throw new RowException("no place", "the column 'system' has no place beside text; expected messages.")
            : first?.Role is not (ChatRoles.System or ChatRoles.Developer) ? [new ChatMessage(ChatRoles.System, system), .. conversation.Messages]
            : first.Content == system ? conversation.Messages
            : throw new RowException("two system messages", "the column 'system' and the first message are two system messages; expected one.");
    }

    private static IReadOnlyDictionary<string, JsonElement> TakeVariables(RowColumns columns)
    {
        if (!columns.TryTake("chat_template_kwargs", out JsonElement given))
        {
            return ReadOnlyDictionary<string, JsonElement>.Empty;
        }

        return given.ValueKind == JsonValueKind.Object
            ? JsonText.Keep(given).EnumerateObject().ToDictionary(variable => variable.Name, variable => variable.Value)
            : throw new RowException("no variables", $"the column 'chat_template_kwargs' is {JsonText.Describe(given)}; expected an object of variables for the template.");
    }

    private static JsonElement Take(RowColumns columns, string name) => columns.TryTake(name, out JsonElement value) ? value : default;

    private static string TextOf(RowColumns columns, string name)
        => Take(columns, name) is { ValueKind: JsonValueKind.String } text ? JsonText.Text(text)
            : throw new RowException($"no {name}", $"the column '{name}' is not a text; expected one.");
}
