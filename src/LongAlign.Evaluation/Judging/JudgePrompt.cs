using System.Globalization;
using System.Text;

namespace LongAlign.Evaluation.Judging;

/// <summary>What the judge is told. Immutable and thread-safe.</summary>
/// <remarks>The judge sees the question, never the document: a judge's context may be short, and long ones cost.</remarks>
public sealed class JudgePrompt
{
    private const string Hole = "{}";

    private readonly Func<JudgeCase, string, IReadOnlyList<ScoredAnswer>, (int Min, int Max), string> _create;

    private JudgePrompt(string name, Func<JudgeCase, string, IReadOnlyList<ScoredAnswer>, (int Min, int Max), string> create)
    {
        Name = name;
        _create = create;
    }

    /// <summary>Principles, question, reference answer, and the case's scored answers to measure by.</summary>
    public static JudgePrompt FewShot { get; } = new("few-shot", (@case, answer, examples, scale) => Compose(@case, answer, examples, scale));

    /// <summary><see cref="FewShot"/> without the scored answers.</summary>
    public static JudgePrompt ZeroShot { get; } = new("zero-shot", (@case, answer, _, scale) => Compose(@case, answer, [], scale));

    /// <summary>What reports call it.</summary>
    public string Name { get; }

    /// <summary>Reads the authors' prompt (THUDM/LongAlign, <c>LongBench_Chat/prompt_fs.txt</c>), for scores that compare with published ones.</summary>
    /// <param name="path">
    /// The file, UTF-8, with holes <c>{}</c> for question, reference answer, each scored answer and its score, and the answer to judge.
    /// </param>
    /// <returns>The prompt. A case must have as many scored answers as the file has holes for; what is put in is not looked at for holes.</returns>
    /// <exception cref="InvalidDataException">The number of holes is not one that such a prompt can have.</exception>
    public static JudgePrompt FromFile(string path)
    {
        string[] parts = File.ReadAllText(path, Encoding.UTF8).Split(Hole);
        int holes = parts.Length - 1;
        if (holes < 3 || holes % 2 == 0)
        {
            throw new InvalidDataException($"{path} has {holes} holes '{Hole}'; expected 3 and 2 for each scored answer.");
        }

        return new JudgePrompt(Path.GetFileName(path), (@case, answer, examples, _) =>
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

    private static string Compose(JudgeCase @case, string answer, IReadOnlyList<ScoredAnswer> examples, (int Min, int Max) scale)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"""
            You are to rate an assistant's answer to a question, fairly and without regard to style or length. Whether it is correct counts most; then whether it helps, is precise and keeps to the question.

            - Hold the answer against the reference answer, which is right.
            - Find each mistake, and weigh how much it harms the answer to this question.
            - Ask whether someone with this question gets what they need.
            - Check what the answer says beyond the reference: it costs points where it is wrong or beside the point.

            Give a whole number from {scale.Min} (worst) to {scale.Max} (best) in double square brackets, for example [[{(scale.Min + scale.Max) / 2}]].

            ## Question
            {@case.Query}

            ## Reference answer
            {@case.Answer}


            """);
        foreach ((int i, ScoredAnswer example) in examples.Index())
        {
            text.Append(CultureInfo.InvariantCulture, $"## Example {i + 1}, rated by people\n{example.Answer}\n\nRating: [[{Number(example.Score)}]]\n\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $"## Answer to rate{(examples.Count > 0 ? ", by the same measure as the examples" : "")}\n{answer}\n\nRating: ").ToString();
    }

    private static string Number(double score) => score.ToString(CultureInfo.InvariantCulture);
}
