namespace LongAlign.Evaluation.Judging;

/// <summary>The principles of a judge, in our own words.</summary>
/// <param name="Subject">The kind of text that is judged.</param>
/// <param name="Text">The principles.</param>
/// <param name="Worst">The meaning of the worst score.</param>
/// <param name="Best">The meaning of the best score.</param>
/// <param name="HasQuestion">Whether the judge sees the question.</param>
internal sealed record JudgePrinciples(string Subject, string Text, string Worst, string Best, bool HasQuestion = true)
{
    public static readonly JudgePrinciples Chat = new(
        "answer",
        """
        You are to rate an assistant's answer to a question, fairly and without regard to style or length. Whether it is correct counts most; then whether it helps, is precise and keeps to the question.

        - Hold the answer against the reference answer, which is right.
        - Find each mistake, and weigh how much it harms the answer to this question.
        - Ask whether someone with this question gets what they need.
        - Check what the answer says beyond the reference: it costs points where it is wrong or beside the point.
        """,
        "worst",
        "best");

    public static readonly JudgePrinciples Answer = new(
        "answer",
        """
        You are to rate an assistant's answer to a question, fairly. Whether it is correct counts most; then whether it has every point. Hold it against the reference answer, which is right.
        A score between the two ends is for an answer that is right in part.
        """,
        "wrong or beside the question",
        "right and complete");

    public static readonly JudgePrinciples Summary = new(
        "summary",
        """
        You are to rate an assistant's summary of a text, fairly. Whether it is correct counts most; then whether it has every point, and whether it hangs together. Hold it against the reference summary, which is right.
        """,
        "worst",
        "best",
        HasQuestion: false);

    public static readonly JudgePrinciples Needle = new(
        "answer",
        """
        You are to rate an assistant's answer to a question about a text that has the reference answer in it. What counts is whether the answer tells what the reference tells; its wording does not.

        - Nothing of the reference, or something else in its place: the worst score.
        - On the subject, but with what was asked for missing or wrong: in the lower half.
        - What was asked for, with something left out or a small slip: in the upper half.
        - All of it, and nothing wrong: the best score.
        """,
        "nothing of the reference",
        "all of it");
}
