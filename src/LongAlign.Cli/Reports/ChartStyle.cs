namespace LongAlign.Cli.Reports;

/// <summary>The style of a line of a chart.</summary>
internal enum ChartStyle
{
    /// <summary>A line.</summary>
    Line,

    /// <summary>Pale dots, for raw values.</summary>
    Dots,

    /// <summary>A dashed line with a mark at each point.</summary>
    Marks,
}
