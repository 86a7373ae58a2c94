using LongAlign.Requests;

namespace LongAlign.Evaluation.Judging;

/// <summary>The options of judging answers.</summary>
public sealed record JudgeOptions
{
    /// <summary>Gets the judge's model and the options of its replies. The reference has temperature 0.</summary>
    public required SamplingOptions Sampling { get; init; }

    /// <summary>Gets the prompt.</summary>
    /// <value><see cref="JudgePrompt.FewShot"/> unless set.</value>
    public JudgePrompt Prompt { get; init; } = JudgePrompt.FewShot;

    /// <summary>Gets the system message.</summary>
    /// <value>None unless set.</value>
    public string? SystemMessage { get; init; }

    /// <summary>Gets the number of times that each answer is judged; the scores are averaged.</summary>
    /// <value>2 unless set, as in the paper; the reference's code has 1.</value>
    public int Repeats { get; init; } = 2;

    /// <summary>Gets whether the scored answers are shown in an order drawn for each case and repeat.</summary>
    /// <value>True unless set, as in the paper; the reference's code has a fixed order.</value>
    public bool ShuffleExamples { get; init; } = true;

    /// <summary>Gets the seed of the examples' orders.</summary>
    /// <value>0 unless set.</value>
    public long Seed { get; init; }

    /// <summary>Gets whether an answer is trimmed and its line ends become spaces before it is judged, as in the reference.</summary>
    /// <value>False unless set: it makes lists and tables hard to read.</value>
    public bool FlattenNewlines { get; init; }

    /// <summary>Gets the most times that the judge is asked for a verdict that can be read, with one request each.</summary>
    /// <value>3 unless set, at least 1; the reference has 5.</value>
    public int Attempts { get; init; } = 3;

    /// <summary>Gets the rule that selects the brackets of a reply that are the verdict.</summary>
    /// <value>The last unless set.</value>
    public VerdictReading Reading { get; init; }

    /// <summary>Gets the worst score.</summary>
    /// <value>1 unless set.</value>
    public int Min { get; init; } = 1;

    /// <summary>Gets the best score.</summary>
    /// <value>10 unless set; the paper rates answers of LongBench with 3, summaries with 5.</value>
    public int Max { get; init; } = 10;

    /// <summary>Makes the options with which the reference judges LongBench-Chat: the authors' prompt, one repeat, examples in the file's order, line ends as spaces, five attempts.</summary>
    /// <param name="sampling">The judge's model; the reference has temperature 0.</param>
    /// <param name="promptPath">The authors' <c>prompt_fs.txt</c>.</param>
    /// <returns>The options.</returns>
    public static JudgeOptions Reference(SamplingOptions sampling, string promptPath) => new()
    {
        Sampling = sampling,
        Prompt = JudgePrompt.FromFile(promptPath),
        Repeats = 1,
        ShuffleExamples = false,
        FlattenNewlines = true,
        Attempts = 5,
    };

    /// <summary>Ratings of answers to LongBench's questions, 1 to 3 (paper, App. C.2).</summary>
    /// <param name="sampling">The judge's model.</param>
    /// <returns>The options: <see cref="JudgePrompt.LongBenchAnswer"/>, one repeat.</returns>
    public static JudgeOptions LongBenchAnswers(SamplingOptions sampling)
        => new() { Sampling = sampling, Prompt = JudgePrompt.LongBenchAnswer, Repeats = 1, Max = 3 };

    /// <summary>Ratings of LongBench's summaries, 1 to 5 (paper, App. C.2).</summary>
    /// <param name="sampling">The judge's model.</param>
    /// <returns>The options: <see cref="JudgePrompt.LongBenchSummary"/>, one repeat.</returns>
    public static JudgeOptions LongBenchSummaries(SamplingOptions sampling)
        => new() { Sampling = sampling, Prompt = JudgePrompt.LongBenchSummary, Repeats = 1, Max = 5 };

    /// <summary>Scores of replies to needle prompts, 1 to 10.</summary>
    /// <param name="sampling">The judge's model.</param>
    /// <returns>The options: <see cref="JudgePrompt.Needle"/>, one repeat.</returns>
    public static JudgeOptions ForNeedles(SamplingOptions sampling) => new() { Sampling = sampling, Prompt = JudgePrompt.Needle, Repeats = 1 };
}
