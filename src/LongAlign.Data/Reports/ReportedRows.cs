namespace LongAlign.Data;

/// <summary>Rows to which the same thing happened.</summary>
/// <param name="Reason">What happened and why.</param>
/// <param name="Count">The number of rows.</param>
/// <param name="Examples">File and line of the first of them, with particulars where there are any.</param>
public sealed record ReportedRows(string Reason, long Count, IReadOnlyList<string> Examples);
