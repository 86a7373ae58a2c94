using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Needles;
using LongAlign.Evaluation.Texts;
using LongAlign.Requests;

namespace LongAlign.Evaluation.Runs;

/// <summary>Everything that results depend on: hashes of data, prompts and models, options, seeds and versions. Two runs compare where theirs are the same.</summary>
/// <remarks>Immutable and thread-safe. It holds no keys, addresses or paths.</remarks>
public sealed class EvaluationManifest
{
    private readonly SortedDictionary<string, string> _entries;

    internal EvaluationManifest(IEnumerable<KeyValuePair<string, string>> entries) => _entries = new SortedDictionary<string, string>(entries.ToDictionary(), StringComparer.Ordinal);

    /// <summary>The entries, in the order of their names.</summary>
    public IReadOnlyDictionary<string, string> Entries => _entries;

    /// <summary>Begins a manifest.</summary>
    /// <returns>One with the versions of this library and of .NET.</returns>
    public static EvaluationManifest Create() => new(
    [
        new("version.LongAlign.Evaluation", typeof(EvaluationManifest).Assembly.GetName().Version!.ToString(3)),
        new("version.dotnet", Environment.Version.ToString()),
    ]);

    /// <summary>Adds an entry.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <returns>The manifest with it; in the place of another value of that name.</returns>
    public EvaluationManifest With(string name, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        return new EvaluationManifest(_entries.Where(entry => entry.Key != name).Append(new KeyValuePair<string, string>(name, value)));
    }

    /// <summary>Adds the hash of a file.</summary>
    /// <param name="name">The entry's name.</param>
    /// <param name="path">The file.</param>
    /// <returns>The manifest with it.</returns>
    public EvaluationManifest WithFile(string name, string path)
    {
        using FileStream file = File.OpenRead(path);
        return With(name, $"sha256:{Convert.ToHexStringLower(SHA256.HashData(file))}");
    }

    /// <summary>Adds the hashes of a folder's files, such as a model's; not of those in folders of it.</summary>
    /// <param name="name">The entries' name, before the files'.</param>
    /// <param name="folder">The folder.</param>
    /// <returns>The manifest with them.</returns>
    public EvaluationManifest WithFolder(string name, string folder)
        => Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Aggregate(this, (manifest, file) => manifest.WithFile($"{name}/{Path.GetFileName(file)}", file));

    /// <summary>Adds the cases, the model and how it answered.</summary>
    /// <param name="cases">The cases, with their prompts.</param>
    /// <param name="sampling">The model.</param>
    /// <param name="limit">The limit on the length of prompts; null for no limit.</param>
    /// <returns>The manifest with them.</returns>
    public EvaluationManifest WithChat(IReadOnlyList<JudgeCase> cases, SamplingOptions sampling, PromptLimit? limit = null)
        => With("chat.cases", Hash(JsonSerializer.Serialize(cases))).WithSampling("chat.model", sampling)
            .With("chat.max_prompt_tokens", limit is null ? "none" : Number(limit.MaxTokens));

    /// <summary>Adds whether prompts are those that the model was trained with.</summary>
    /// <param name="check">The result of the check.</param>
    /// <returns>The manifest with it, as <c>template</c>.</returns>
    public EvaluationManifest WithTemplate(TemplateCheck check)
    {
        ArgumentNullException.ThrowIfNull(check);
        return With("template", check.Text);
    }

    /// <summary>Adds the judge.</summary>
    /// <param name="options">The options of judging.</param>
    /// <returns>The manifest with it.</returns>
    public EvaluationManifest WithJudge(JudgeOptions options) => WithJudge("judge", options);

    /// <summary>Adds the judge of replies to needle prompts.</summary>
    /// <param name="options">The options of judging.</param>
    /// <returns>The manifest with it.</returns>
    public EvaluationManifest WithNeedleJudge(JudgeOptions options) => WithJudge("needles.judge", options);

    /// <summary>Adds the needle test, the model and how it answered.</summary>
    /// <param name="prompts">The prompts, with their texts.</param>
    /// <param name="seed">The seed that needles were drawn from.</param>
    /// <param name="sampling">The model.</param>
    /// <returns>The manifest with it.</returns>
    public EvaluationManifest WithNeedles(IReadOnlyList<NeedlePrompt> prompts, long seed, SamplingOptions sampling)
        => With("needles.prompts", Hash(JsonSerializer.Serialize(prompts.Select(prompt => prompt.Text)))).With("needles.seed", Number(seed)).WithSampling("needles.model", sampling);

    /// <summary>Finds what differs.</summary>
    /// <param name="other">Another manifest.</param>
    /// <returns>The names of entries that only one has, or that have another value.</returns>
    public IReadOnlyList<string> DifferencesTo(EvaluationManifest other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return [.. _entries.Keys.Union(other._entries.Keys).Where(name => _entries.GetValueOrDefault(name) != other._entries.GetValueOrDefault(name)).Order(StringComparer.Ordinal)];
    }

    private static string Hash(string text) => $"sha256:{TextHash.Of(text)}";

    private static string Number(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);

    private EvaluationManifest WithJudge(string name, JudgeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return WithSampling($"{name}.model", options.Sampling)
            .With($"{name}.prompt", $"{options.Prompt.Name} sha256:{options.Prompt.Hash}")
            .With($"{name}.system_message", options.SystemMessage is { } system ? Hash(system) : "none")
            .With($"{name}.repeats", Number(options.Repeats)).With($"{name}.attempts", Number(options.Attempts)).With($"{name}.seed", Number(options.Seed))
            .With($"{name}.shuffle_examples", $"{options.ShuffleExamples}").With($"{name}.flatten_newlines", $"{options.FlattenNewlines}")
            .With($"{name}.reading", $"{options.Reading}").With($"{name}.scale", $"{Number(options.Min)} to {Number(options.Max)}");
    }

    private EvaluationManifest WithSampling(string name, SamplingOptions sampling)
    {
        ArgumentNullException.ThrowIfNull(sampling);
        return With(name, sampling.Model).With($"{name}.max_output_tokens", Number(sampling.MaxOutputTokens))
            .With($"{name}.temperature", sampling.Temperature is { } temperature ? Number(temperature) : "the provider's")
            .With($"{name}.top_p", sampling.TopP is { } topP ? Number(topP) : "the provider's")
            .With($"{name}.seed", sampling.Seed is { } seed ? Number(seed) : "none");
    }
}
