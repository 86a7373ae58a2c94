namespace LongAlign.Cli.Reports;

/// <summary>A line of a chart.</summary>
/// <param name="Name">The label of its end.</param>
/// <param name="Points">By ascending x; points that are not finite are left out.</param>
/// <param name="Color">Its colour.</param>
/// <param name="Style">Its style.</param>
internal sealed record ChartLine(string Name, IReadOnlyList<(double X, double Y)> Points, string Color, ChartStyle Style = ChartStyle.Line);
