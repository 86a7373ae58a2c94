namespace LongAlign.Evaluation.Reports;

/// <summary>Something to know about a comparison: who judged, the hash of a file, a seed, a cost.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
public sealed record ReportFact(string Name, string Value);
