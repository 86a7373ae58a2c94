using System.Globalization;
using System.Text;
using LongAlign.Data;
using LongAlign.Evaluation.Texts;

namespace LongAlign.Evaluation.Judging;

/// <summary>The prompt of a judge. Immutable and thread-safe.</summary>
/// <remarks>The judge sees the question, never the document: a judge's context may be short, and long ones cost.</remarks>
public sealed class JudgePrompt
{
    private const string Hole = "{}";

    private static readonly JudgeCase Marker = new() { Id = "", Prompt = "", Query = "{question}", Answer = "{reference}", Language = "", Examples = [new ScoredAnswer("{example}", 0)] };

    private readonly Func<JudgeCase, string, IReadOnlyList<ScoredAnswer>, (int Min, int Max), string> _create;

    private JudgePrompt(string name, string? text, Func<JudgeCase, string, IReadOnlyList<ScoredAnswer>, (int Min, int Max), string> create)
    {
        Name = name;
        _create = create;
        string words = text ?? create(Marker, "{answer}", Marker.Examples, (0, 0));
        Hash = TextHash.Of(words);
        ShowsExamples = text is not null || words.Contains(Marker.Examples[0].Answer, StringComparison.Ordinal);
    }

    /// <summary>Principles, question, reference answer, and the case's scored answers to measure by.</summary>
    public static JudgePrompt FewShot { get; } = new("few-shot", null, (@case, answer, examples, scale) => Compose(JudgePrinciples.Chat, @case, answer, examples, scale));

    /// <summary><see cref="FewShot"/> without the scored answers.</summary>
    public static JudgePrompt ZeroShot { get; } = new("zero-shot", null, (@case, answer, _, scale) => Compose(JudgePrinciples.Chat, @case, answer, [], scale));

    /// <summary>The prompt for answers to LongBench's questions: correct first, then complete (paper, App. C.2).</summary>
    public static JudgePrompt LongBenchAnswer { get; } = new("LongBench answer", null, (@case, answer, _, scale) => Compose(JudgePrinciples.Answer, @case, answer, [], scale));

    /// <summary>The prompt for LongBench's summaries: correct first, then complete and coherent; without a question (paper, App. C.2).</summary>
    public static JudgePrompt LongBenchSummary { get; } = new("LongBench summary", null, (@case, answer, _, scale) => Compose(JudgePrinciples.Summary, @case, answer, [], scale));

    /// <summary>The prompt for replies to needle prompts: whether they tell what the needle tells.</summary>
    public static JudgePrompt Needle { get; } = new("needle", null, (@case, answer, _, scale) => Compose(JudgePrinciples.Needle, @case, answer, [], scale));

    /// <summary>The name in reports.</summary>
    public string Name { get; }

    /// <summary>SHA-256 of its words, in hexadecimal digits: it changes with them.</summary>
    public string Hash { get; }

    /// <summary>Whether the judge sees a case's scored answers.</summary>
    internal bool ShowsExamples { get; }

    /// <summary>Reads the authors' prompt (THUDM/LongAlign, <c>LongBench_Chat/prompt_fs.txt</c>), for scores that compare with published ones.</summary>
    /// <param name="path">
    /// The file, with holes <c>{}</c> for question, reference answer, each scored answer and its score, and the answer to judge.
    /// </param>
    /// <returns>The prompt. A case must have as many scored answers as the file has holes for; what is put in is not looked at for holes.</returns>
    /// <exception cref="InvalidDataException">The number of holes is not one that such a prompt can have.</exception>
    public static JudgePrompt FromFile(string path)
    {
        string text = TextFile.ReadAllText(path);
        string[] parts = text.Split(Hole);
        int holes = parts.Length - 1;
        if (holes < 3 || holes % 2 == 0)
        {
            throw new InvalidDataException($"{path} has {holes} holes '{Hole}'; expected 3 and 2 for each scored answer.");
        }

        return new JudgePrompt(Path.GetFileName(path), text, (@case, answer, examples, _) =>
        {
            string[] fillings = [@case.Query, @case.Answer, .. examples.SelectMany(example => new[] { example.Answer, Number(example.Score) }), answer];
            return fillings.Length == holes ? string.Concat(parts.Zip([.. fillings, ""], (part, filling) => part + filling))
                : throw new ArgumentException($"Case {@case.Id} has {examples.Count} scored answers; {path} has room for {(holes - 3) / 2}.");
        });
    }

    /// <summary>Makes the prompt for an answer.</summary>
    /// <param name="case">The case.</param>
    /// <param name="answer">The answer to judge.</param>
    /// <param name="examples">The scored answers in the order in which they are to be shown.</param>
    /// <param name="min">The worst score.</param>
    /// <param name="max">The best score.</param>
    /// <returns>The text.</returns>
    /// <exception cref="ArgumentException">The prompt is of a file, and has not as many places for scored answers as there are.</exception>
    public string Create(JudgeCase @case, string answer, IReadOnlyList<ScoredAnswer> examples, int min = 1, int max = 10)
    {
        ArgumentNullException.ThrowIfNull(@case);
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentNullException.ThrowIfNull(examples);
        return _create(@case, answer, examples, (min, max));
    }

    private static string Compose(JudgePrinciples principles, JudgeCase @case, string answer, IReadOnlyList<ScoredAnswer> examples, (int Min, int Max) scale)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"""
            {principles.Text}

            Give a whole number from {scale.Min} ({principles.Worst}) to {scale.Max} ({principles.Best}) in double square brackets, for example [[{(scale.Min + scale.Max) / 2}]].


            """);
        if (principles.HasQuestion)
        {
            text.Append(CultureInfo.InvariantCulture, $"## Question\n{@case.Query}\n\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"## Reference {principles.Subject}\n{@case.Answer}\n\n");
        foreach ((int i, ScoredAnswer example) in examples.Index())
        {
            text.Append(CultureInfo.InvariantCulture, $"## Example {i + 1}, rated by people\n{example.Answer}\n\nRating: [[{Number(example.Score)}]]\n\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $"## {char.ToUpperInvariant(principles.Subject[0])}{principles.Subject[1..]} to rate{(examples.Count > 0 ? ", by the same measure as the examples" : "")}\n{answer}\n\nRating: ").ToString();
    }

    private static string Number(double score) => score.ToString(CultureInfo.InvariantCulture);
}
