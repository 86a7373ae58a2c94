namespace LongAlign.Evaluation.Reports;

/// <summary>A picture that a report carries with it.</summary>
/// <param name="Caption">Its caption; also its text for readers who don't see it.</param>
/// <param name="Png">The picture, PNG.</param>
public sealed record ReportPicture(string Caption, ReadOnlyMemory<byte> Png);
