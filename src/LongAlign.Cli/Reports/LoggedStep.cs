namespace LongAlign.Cli.Reports;

/// <summary>A step as <c>run.jsonl</c> has it; what was not finite there is null or a word, and NaN here.</summary>
internal sealed record LoggedStep(
    int Step, int TotalSteps, double Loss, double LearningRate, double GradientNorm, long Tokens, double TokensPerSecond, double StepTokensPerSecond, double PaddingShare, double Elapsed, long PeakMemoryBytes, int SkippedSteps);
