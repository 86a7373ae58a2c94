using System.Globalization;
using System.Text.Json;
using LongAlign.Data;

namespace LongAlign.Evaluation.Judging;

/// <summary>Reads cases from files of the form that the reference has (THUDM/LongAlign, <c>LongBench_Chat</c>).</summary>
public static class JudgeCases
{
    /// <summary>Reads cases and their scored answers.</summary>
    /// <param name="casesPath">A JSON list of objects with <c>idx</c> (from 1), <c>prompt</c>, <c>query</c>, <c>answer</c> and, if need be, <c>language</c>.</param>
    /// <param name="examplesPath">A JSON list: element i has the scored answers of <c>idx</c> i + 1, objects with <c>answer</c> and <c>score</c>; null for none.</param>
    /// <returns>The cases in the order of the file. Without <c>language</c>, a question with a Chinese character is <c>zh</c> and any other <c>en</c>.</returns>
    /// <exception cref="InvalidDataException">A file is damaged; the message names the file, the element and the field.</exception>
    public static IReadOnlyList<JudgeCase> Load(string casesPath, string? examplesPath = null)
    {
        IReadOnlyList<IReadOnlyList<ScoredAnswer>>? examples = examplesPath is null ? null : LoadExamples(examplesPath);
        List<JudgeCase> cases = [];
        HashSet<string> ids = [];
        foreach ((int i, JsonElement element) in ReadList(casesPath).Index())
        {
            string where = $"{casesPath}, element {i}";
            int idx = element.ValueKind == JsonValueKind.Object && element.TryGetProperty("idx", out JsonElement value)
                && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number
                : throw new InvalidDataException($"{where}: expected an object with a whole number 'idx'.");
            string id = idx.ToString(CultureInfo.InvariantCulture);
            if (!ids.Add(id))
            {
                throw new InvalidDataException($"{where}: idx {id} is there twice.");
            }

            if (examples is not null && (idx < 1 || idx > examples.Count))
            {
                throw new InvalidDataException($"{where}: idx {id} has no scored answers: {examplesPath} has elements for 1 to {examples.Count}.");
            }

            string query = Text(element, "query", where);
            string language = element.TryGetProperty("language", out JsonElement given) && given.ValueKind == JsonValueKind.String ? given.GetString()!
                : query.Any(c => c is >= '\u4E00' and <= '\u9FFF') ? "zh" : "en";
            cases.Add(new JudgeCase { Id = id, Prompt = Text(element, "prompt", where), Query = query, Answer = Text(element, "answer", where), Language = language, Examples = examples?[idx - 1] ?? [] });
        }

        return cases;
    }

    /// <summary>Reads scored answers.</summary>
    /// <param name="path">As for <see cref="Load"/>.</param>
    /// <returns>For each case, in order, its scored answers.</returns>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static IReadOnlyList<IReadOnlyList<ScoredAnswer>> LoadExamples(string path)
        => [.. ReadList(path).Select((element, i) => Examples(element, $"{path}, element {i}"))];

    private static IReadOnlyList<ScoredAnswer> Examples(JsonElement element, string where)
        => element.ValueKind != JsonValueKind.Array ? throw new InvalidDataException($"{where}: expected a list of scored answers.")
            : [.. element.EnumerateArray().Select((example, i) => new ScoredAnswer(
                Text(example, "answer", $"{where}, answer {i}"),
                example.TryGetProperty("score", out JsonElement score) && score.ValueKind == JsonValueKind.Number ? score.GetDouble()
                    : throw new InvalidDataException($"{where}, answer {i}: expected a number 'score'.")))];

    private static JsonElement[] ReadList(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(TextFile.ReadAllText(path));
            return document.RootElement.ValueKind == JsonValueKind.Array ? [.. document.RootElement.Clone().EnumerateArray()]
                : throw new InvalidDataException($"{path} holds a JSON {document.RootElement.ValueKind}; expected a list.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not JSON: {e.Message}", e);
        }
    }

    private static string Text(JsonElement element, string name, string where)
        => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()! : throw new InvalidDataException($"{where}: expected a text '{name}'.");
}
