using System.Collections.ObjectModel;

namespace LongAlign.Data;

/// <summary>The options of a model's own chat template.</summary>
/// <example>
/// <code>
/// ChatTemplate template = ChatTemplate.Load("models/qwen3-8b", new ChatTemplateOptions
/// {
///     Variables = new Dictionary&lt;string, object?&gt; { ["enable_thinking"] = false },
/// });
/// </code>
/// </example>
public sealed record ChatTemplateOptions
{
    /// <summary>Gets the name of the template to take where a folder has several.</summary>
    /// <value><c>default</c> by default.</value>
    public string TemplateName { get; init; } = "default";

    /// <summary>Gets the special tokens that the template knows by name, for example <c>bos_token</c>.</summary>
    /// <value>Empty by default. They go before those of a folder's <c>tokenizer_config.json</c>.</value>
    public IReadOnlyDictionary<string, string> SpecialTokens { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Gets further variables: texts, booleans, numbers, null and <see cref="System.Text.Json.JsonElement"/>.</summary>
    /// <value>Empty by default. Those of a conversation go before them.</value>
    public IReadOnlyDictionary<string, object?> Variables { get; init; } = ReadOnlyDictionary<string, object?>.Empty;

    /// <summary>Gets the clock for templates that write the date.</summary>
    /// <value>The machine's by default: such a template gives other tokens on another day.</value>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
