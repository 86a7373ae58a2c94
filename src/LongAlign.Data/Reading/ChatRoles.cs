using System.Collections.Frozen;

namespace LongAlign.Data;

/// <summary>The roles of messages, by the names that data sets use for them; case does not count.</summary>
internal static class ChatRoles
{
    public const string System = "system";
    public const string Developer = "developer";
    public const string User = "user";
    public const string Assistant = "assistant";
    public const string Tool = "tool";

    /// <summary>A message of the assistant whose text is a call as JSON.</summary>
    public const string Call = "function_call";

    private static readonly FrozenSet<string> Known = FrozenSet.Create(System, Developer, User, Assistant, Tool);

    private static readonly FrozenDictionary<string, string> Names = new Dictionary<string, string>
    {
        [System] = System,
        [Developer] = Developer,
        [User] = User,
        ["human"] = User,
        [Assistant] = Assistant,
        ["gpt"] = Assistant,
        ["chatgpt"] = Assistant,
        ["bing"] = Assistant,
        ["bard"] = Assistant,
        ["model"] = Assistant,
        ["bot"] = Assistant,
        ["ai"] = Assistant,
        [Call] = Call,
        ["tool_call"] = Call,
        [Tool] = Tool,
        ["function"] = Tool,
        ["observation"] = Tool,
        ["ipython"] = Tool,
        ["tool_response"] = Tool,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The role of a name.</summary>
    /// <exception cref="RowException">It is not known.</exception>
    public static string Find(string name, int message, IReadOnlyDictionary<string, string> own)
        => own.TryGetValue(name, out string? role) || Names.TryGetValue(name, out role) ? role
            : throw new RowException("unknown role", $"message {message} has the role '{name}'; expected one of {string.Join(", ", Names.Keys.Concat(own.Keys).Order(StringComparer.Ordinal))}, or a mapping of roles that has it.");

    public static IReadOnlyDictionary<string, string> Check(IReadOnlyDictionary<string, string> roles)
    {
        ArgumentNullException.ThrowIfNull(roles);
        return roles.FirstOrDefault(role => !Known.Contains(role.Value)) is { Key: not null } unknown
            ? throw new ArgumentException($"The role '{unknown.Key}' is to be '{unknown.Value}'; expected one of {string.Join(", ", Known.Order(StringComparer.Ordinal))}.", nameof(roles))
            : roles;
    }
}
