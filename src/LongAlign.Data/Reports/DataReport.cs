using System.Globalization;
using System.Text;

namespace LongAlign.Data;

/// <summary>The report of a stage: every row that came in went out or is counted with a reason. Immutable.</summary>
public sealed record DataReport
{
    /// <summary>Gets the stage's name, for example <c>reading</c>.</summary>
    public required string Stage { get; init; }

    /// <summary>Gets the rows that came in.</summary>
    public required long RowsIn { get; init; }

    /// <summary>Gets the rows that went out.</summary>
    public required long RowsOut { get; init; }

    /// <summary>Gets the rows that did not go out, by reason.</summary>
    /// <value>Empty by default; the counts sum up to <see cref="RowsIn"/> - <see cref="RowsOut"/>.</value>
    public IReadOnlyList<ReportedRows> Skipped { get; init; } = [];

    /// <summary>Gets the rows that went out changed, for example cut.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyList<ReportedRows> Changed { get; init; } = [];

    /// <summary>Gets the parts of the input that are not used: columns and keys by name, with the first row of each file, and files that are not read.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyList<ReportedRows> Ignored { get; init; } = [];

    /// <summary>Gets the tokens that went out.</summary>
    /// <value>0 in stages without tokens.</value>
    public long TokenCount { get; init; }

    /// <summary>Gets the target tokens that went out: those whose label is not -100, a sequence's first left out.</summary>
    /// <value>0 in stages without tokens.</value>
    public long TargetCount { get; init; }

    /// <summary>Gets the lengths of the sequences that went out, in tokens.</summary>
    /// <value>Empty in stages without tokens.</value>
    public LengthHistogram Lengths { get; init; } = new();

    /// <summary>Gets the time of the stage and of those before it.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Gets the reports of the stages before, the first one first.</summary>
    public IReadOnlyList<DataReport> Before { get; init; } = [];

    /// <summary>Tokens that went out in a second of <see cref="Elapsed"/>.</summary>
    public double TokensPerSecond => Elapsed > TimeSpan.Zero ? TokenCount / Elapsed.TotalSeconds : 0;

    /// <summary>The rows that did not go out.</summary>
    public long SkippedCount => Skipped.Sum(rows => rows.Count);

    /// <summary>Puts an earlier stage, and what was before that, before this one.</summary>
    /// <param name="earlier">The report of the earlier stage.</param>
    /// <returns>This report with the earlier ones.</returns>
    public DataReport After(DataReport earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        return this with { Before = [.. earlier.Before, earlier with { Before = [] }, .. Before] };
    }

    /// <summary>One line for each stage, one for each reason, and the lengths.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        StringBuilder text = new();
        foreach (DataReport stage in Before)
        {
            stage.AppendTo(text);
        }

        AppendTo(text);
        return text.ToString().TrimEnd();
    }

    private void AppendTo(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"{Stage}: {RowsOut:N0} of {RowsIn:N0} rows");
        if (TokenCount > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $", {TokenCount:N0} tokens");
        }

        if (TargetCount > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $", {TargetCount:N0} targets");
        }

        if (TokenCount > 0 && Elapsed > TimeSpan.Zero)
        {
            text.Append(CultureInfo.InvariantCulture, $", {TokensPerSecond:N0} tokens/s");
        }

        text.AppendLine();
        AppendTo(text, "skipped", Skipped);
        AppendTo(text, "changed", Changed);
        AppendTo(text, "not used", Ignored);
        text.Append(Lengths);
    }

    private static void AppendTo(StringBuilder text, string what, IEnumerable<ReportedRows> groups)
    {
        foreach (ReportedRows rows in groups)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {what} {rows.Count:N0}: {rows.Reason} ({string.Join("; ", rows.Examples)}{(rows.Count > rows.Examples.Count ? "; …" : "")})");
        }
    }
}
