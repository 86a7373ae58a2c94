using System.Collections.Frozen;
using System.Text.Json;

namespace LongAlign.Data;

/// <summary>The columns of a row that hold something, by the names that are known.</summary>
internal sealed class RowColumns
{
    /// <summary>Lists of messages.</summary>
    public static readonly string[] Chats = ["messages", "conversations", "conversation"];

    private static readonly string[] Others =
    [
        "prompt", "completion", "instruction", "input", "output", "history", "text", "system", "tools", "functions", "chat_template_kwargs",
    ];

    private static readonly string[] MessageKeys =
    [
        "role", "from", "content", "value", "name", "tool_calls", "tool_call_id", "function_call", "reasoning_content", "reasoning", "thinking", "weight", "train", "loss",
    ];

    /// <summary>The columns that are refused because they are not text to learn, and what they hold.</summary>
    private static readonly FrozenDictionary<string, string> Refused = new Dictionary<string, string>
    {
        ["images"] = "pictures",
        ["image"] = "pictures",
        ["videos"] = "films",
        ["video"] = "films",
        ["audios"] = "sounds",
        ["audio"] = "sounds",
        ["chosen"] = "preferences",
        ["rejected"] = "preferences",
        ["rejected_response"] = "preferences",
        ["kto_tag"] = "preferences",
    }.ToFrozenDictionary();

    private static readonly FrozenSet<string> Known = FrozenSet.Create([.. Chats, .. Others, .. Refused.Keys]);
    private static readonly FrozenSet<string> Targets = FrozenSet.Create([.. Chats, .. Others, .. MessageKeys, ChatReadingOptions.Ignored]);

    private readonly Dictionary<string, JsonElement> _values = [];
    private readonly List<string> _names = [];

    /// <exception cref="RowException">The row is not an object, or holds what is not for this.</exception>
    public RowColumns(JsonElement row, ChatReadingOptions options, ICollection<string> unused)
    {
        if (row.ValueKind != JsonValueKind.Object)
        {
            throw new RowException("no object", $"the row is {JsonText.Describe(row)}; expected an object {ChatMessageReader.Expected}");
        }

        bool hasVerdict = false;
        foreach (JsonProperty property in row.EnumerateObject())
        {
            string own = JsonText.Name(property);
            string name = options.Columns.GetValueOrDefault(own, own);
            if (name == ChatReadingOptions.Ignored || property.Value.ValueKind == JsonValueKind.Null)
            {
                continue;
            }

            _names.Add(own);
            if (Refused.TryGetValue(name, out string? what) && !JsonText.IsNothing(property.Value))
            {
                throw new RowException(what, $"the column '{own}' has {what}, which are not for training on text; expected rows without, or the column mapped to '{ChatReadingOptions.Ignored}'.");
            }

            hasVerdict |= name == "label" && property.Value.ValueKind is (JsonValueKind.True or JsonValueKind.False);
            if (!Known.Contains(name))
            {
                unused.Add($"column '{own}'");
            }
            else if (!_values.TryAdd(name, property.Value))
            {
                throw new RowException("two columns", $"there are two columns for '{name}', one of them '{own}'; expected one of them mapped to '{ChatReadingOptions.Ignored}'.");
            }
        }

        // Prompts and completions with a verdict are preferences too.
        if (hasVerdict && Has("prompt") && Has("completion"))
        {
            throw new RowException("preferences", "the column 'label' says whether the completion is wanted: preferences are not for training on text.");
        }
    }

    public string Names => _names.Count == 0 ? "no columns" : string.Join(", ", _names);

    public bool Has(string name) => _values.ContainsKey(name);

    public bool IsEmpty(string name) => JsonText.IsNothing(_values[name]);

    /// <summary>Takes a column; what is taken is used.</summary>
    public bool TryTake(string name, out JsonElement value) => _values.Remove(name, out value);

    /// <summary>The columns that were not taken.</summary>
    public IEnumerable<string> Rest => _values.Where(column => !Refused.ContainsKey(column.Key) && !JsonText.IsNothing(column.Value)).Select(column => $"column '{column.Key}'");

    public static bool IsKnown(string name) => Known.Contains(name);

    public static IReadOnlyDictionary<string, string> Check(IReadOnlyDictionary<string, string> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        foreach ((string own, string name) in columns)
        {
            if (!Targets.Contains(name))
            {
                throw new ArgumentException($"The column '{own}' is to be '{name}'; expected one of {string.Join(", ", Targets.Order(StringComparer.Ordinal))}.", nameof(columns));
            }
        }

        IGrouping<string, KeyValuePair<string, string>>? twice = columns.Where(column => column.Value != ChatReadingOptions.Ignored).GroupBy(column => column.Value).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? columns : throw new ArgumentException($"The columns {string.Join(", ", twice.Select(column => $"'{column.Key}'"))} are all to be '{twice.Key}'; expected one of them.", nameof(columns));
    }
}
