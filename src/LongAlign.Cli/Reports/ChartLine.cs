namespace LongAlign.Cli.Reports;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What its end is labelled with.</param>
/// <param name="Points">By ascending x; points that are not finite are left out.</param>
/// <param name="Color">Its colour.</param>
/// <param name="Style">How it is drawn.</param>
internal sealed record ChartLine(string Name, IReadOnlyList<(double X, double Y)> Points, string Color, ChartStyle Style = ChartStyle.Line);
