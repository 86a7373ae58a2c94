using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Needles;

namespace LongAlign.Evaluation.Runs;

/// <summary>The contents of a file of results.</summary>
internal sealed record ResultsFile(IReadOnlyDictionary<string, string> Manifest, ChatScores? Chat, IReadOnlyList<NeedleResult>? Needles)
{
    public const string CurrentFormat = "LongAlign evaluation 1";

    public string Format { get; init; } = CurrentFormat;
}
