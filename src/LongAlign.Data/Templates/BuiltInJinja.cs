namespace LongAlign.Data;

/// <summary>Writes Jinja templates for what the built-in ones render, so that a trained model has its template with it.</summary>
internal static class BuiltInJinja
{
    public const string Question = "message['content']";

    /// <summary>Goes over the messages, with an expression for those of users and one for those of assistants.</summary>
    public static string Rounds(string prefix, string question, string answer) =>
        $$"""
        {{Text(prefix)}}{%- for message in messages -%}
        {%- if message['role'] == 'user' -%}
        {@{{question}}@}
        {%- elif message['role'] == 'assistant' -%}
        {@{{answer}}@}
        {%- else -%}
        {@raise_exception('The template has no place for the role ' ~ message['role'] ~ ' here.')@}
        {%- endif -%}
        {%- endfor -%}
        """.Replace("{@", "{{ ", StringComparison.Ordinal).Replace("@}", " }}", StringComparison.Ordinal);

    /// <summary>An answer with what stands before it, if it is not empty, and behind it.</summary>
    public static string Answer(string answer, string before, string behind)
        => $"{(before.Length == 0 ? answer : $"(({Quote(before)} ~ {answer}) if {answer} else '')")} ~ {Quote(behind)}";

    /// <summary>A text as an expression of Jinja.</summary>
    public static string Quote(string text)
        => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}'";

    /// <summary>A text as Jinja prints it; nothing where it is empty.</summary>
    public static string Text(string text) => text.Length == 0 ? "" : $"{{{{- {Quote(text)} -}}}}";
}
