namespace LongAlign.Cli.Reports;

/// <summary>An evaluation as <c>run.jsonl</c> has it.</summary>
internal sealed record LoggedEvaluation(int Step, double Loss, int Sequences);
