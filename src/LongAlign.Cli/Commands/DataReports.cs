using System.Globalization;
using LongAlign.Cli.Terminal;
using LongAlign.Data;

namespace LongAlign.Cli.Commands;

/// <summary>Prints and saves the reports on the rows of a run, and warns where many are lost.</summary>
internal static class DataReports
{
    public const string FileName = "report.json";

    private const int Tolerated = 10;

    /// <summary>Begins the reason of rows that a mix was told to leave out.</summary>
    private const string NotDrawn = "not drawn";

    public static ReportResult[] Results(params DataReport?[] reports) => [.. reports.OfType<DataReport>().Select(ReportResult.Of)];

    /// <summary>Prints reports beside the result.</summary>
    public static void Say(ToolConsole console, params DataReport?[] reports)
    {
        foreach (DataReport report in reports.OfType<DataReport>())
        {
            console.Say($"{report}");
            Warn(console, report);
        }
    }

    /// <summary>Warns where a stage lost more than a tenth of its rows.</summary>
    public static void Warn(ToolConsole console, DataReport report)
    {
        foreach (DataReport stage in report.Before.Append(report))
        {
            ReportedRows[] lost = [.. stage.Skipped.Where(rows => !rows.Reason.StartsWith(NotDrawn, StringComparison.Ordinal))];
            long count = lost.Sum(rows => rows.Count);
            if (count * Tolerated > stage.RowsIn)
            {
                ReportedRows most = lost.MaxBy(rows => rows.Count)!;
                console.Say(string.Create(CultureInfo.InvariantCulture, $"Warning: {stage.Stage} left out {count:N0} of {stage.RowsIn:N0} rows, most of them for: {most.Reason} ({most.Examples[0]})."));
            }
        }
    }

    /// <summary>Saves the reports there are.</summary>
    public static void Save(string path, params DataReport?[] reports)
    {
        ReportResult[] results = Results(reports);
        if (results.Length > 0)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            ResultJson.Write(path, results);
        }
    }
}
