namespace LongAlign.Data.Templates.Jinja;

/// <summary>The output of a template.</summary>
/// <param name="Text">The text, whose characters know where they came from.</param>
/// <param name="Generations">The ranges between <c>{% generation %}</c> and <c>{% endgeneration %}</c>, in UTF-16 units.</param>
internal sealed record JinjaOutput(Text Text, IReadOnlyList<(int Start, int End)> Generations);
