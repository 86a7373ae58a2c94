using System.Globalization;
using System.Xml.Linq;
using static LongAlign.Evaluation.Reports.Markup;

namespace LongAlign.Cli.Reports;

/// <summary>Runs as one page, one beside another: pictures within it, no script, and a policy that lets it load nothing.</summary>
internal static class RunPage
{
    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'";

    /// <summary>Told apart by every eye (Okabe and Ito), dark enough for lines on white.</summary>
    private static readonly string[] Colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#7a5c00", "#444444"];

    // Without the characters that XML would escape.
    private const string Style = """
        :root { color-scheme: light; }
        body { margin: 0; font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: #1c1c1c; background: #ffffff; }
        main { max-width: 64rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
        h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.15rem; margin: 1.5rem 0 .25rem; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 0 2rem; }
        svg.chart { width: 100%; height: auto; font-size: 11px; } svg.key { width: 28px; height: 12px; vertical-align: middle; margin-right: .4rem; }
        .legend { list-style: none; margin: 0; padding: 0; font-size: .85rem; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
        th, td { text-align: left; vertical-align: top; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid #dddddd; overflow-wrap: normal; }
        @media print { main { max-width: none; padding: 0; } section, tr { break-inside: avoid; } }
        """;

    public static string Of(IReadOnlyList<LoggedRun> runs)
    {
        string title = string.Join(" and ", runs.Select(run => run.Name));
        return Page(title, Policy, Style,
        [
            Html("h1", $"Training {title}"),
            Table(["", .. runs.Select(run => run.Name)], RunFigures.Of(runs)),
            Html("div", [("class", "charts")], Charts(runs)),
            .. Differences(runs),
        ]);
    }

    private static IEnumerable<object> Charts(IReadOnlyList<LoggedRun> runs)
    {
        yield return Chart("Loss", [.. runs.Index().SelectMany(run => Losses(run.Item, Name(run.Item, runs), ColorOf(run.Index)))]);
        yield return Chart("Tokens per second", Lines(runs, step => step.StepTokensPerSecond, mean: true));
        yield return Chart("Learning rate", Lines(runs, step => step.LearningRate, mean: false));
        yield return Chart("Gradient norm", Lines(runs, step => step.GradientNorm, mean: true));
    }

    /// <summary>Every step as a dot, their running mean, and the held-out loss.</summary>
    private static IEnumerable<ChartLine> Losses(LoggedRun run, string name, string color)
    {
        (double, double)[] steps = [.. run.Steps.Select(step => ((double)step.Step, step.Loss))];
        yield return new ChartLine($"{name}training loss of each step", steps, color, ChartStyle.Dots);
        yield return new ChartLine($"{name}training loss, {MeanOf(run)}", RunFigures.RunningMean(steps, RunFigures.MeanSteps(run)), color);
        yield return new ChartLine($"{name}held-out loss", [.. run.Evaluations.Select(evaluation => ((double)evaluation.Step, evaluation.Loss))], color, ChartStyle.Marks);
    }

    private static ChartLine[] Lines(IReadOnlyList<LoggedRun> runs, Func<LoggedStep, double> value, bool mean) => [.. runs.Index().SelectMany(indexed =>
    {
        (int index, LoggedRun run) = indexed;
        (double, double)[] points = [.. run.Steps.Select(step => ((double)step.Step, value(step)))];
        return mean
            ? (ChartLine[])[new ChartLine($"{Name(run, runs)}each step", points, ColorOf(index), ChartStyle.Dots), new ChartLine($"{Name(run, runs)}{MeanOf(run)}", RunFigures.RunningMean(points, RunFigures.MeanSteps(run)), ColorOf(index))]
            : [new ChartLine($"{Name(run, runs)}each step", points, ColorOf(index))];
    })];

    private static XElement Chart(string title, ChartLine[] lines) => Html("section", Html("h2", title), LineChart.Draw(title, lines), LineChart.Legend(lines));

    /// <summary>Lists the options in which the runs' recipes differ; of one run the whole recipe, folded.</summary>
    private static IEnumerable<object> Differences(IReadOnlyList<LoggedRun> runs)
    {
        string[] keys = [.. runs.SelectMany(run => run.Options.Keys).Distinct().Order(StringComparer.Ordinal)];
        string[][] rows = [.. keys.Select(key => (string[])[key, .. runs.Select(run => run.Options.GetValueOrDefault(key, "not set"))])];
        string[] columns = ["option", .. runs.Select(run => run.Name)];
        if (runs.Count > 1)
        {
            string[][] different = [.. rows.Where(row => row.Skip(1).Distinct().Count() > 1)];
            yield return Html("h2", "Where the recipes differ");
            yield return different.Length > 0 ? Table(columns, different)
                : Html("p", keys.Length == 0 ? "No run has a recipe.json." : "Nowhere.");
        }

        if (keys.Length > 0)
        {
            yield return Html("details", Html("summary", "The whole recipe"), Table(columns, rows));
        }
    }

    private static XElement Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows) => Html("div", [("class", "scroll")], Html("table",
        Html("thead", Html("tr", columns.Select(column => Html("th", [("scope", "col")], column)))),
        Html("tbody", rows.Select(row => Html("tr", row.Index().Select(cell => cell.Index == 0 ? Html("th", [("scope", "row")], cell.Item) : Html("td", cell.Item)))))));

    private static string Name(LoggedRun run, IReadOnlyList<LoggedRun> runs) => runs.Count == 1 ? "" : $"{run.Name}, ";

    private static string MeanOf(LoggedRun run) => string.Create(CultureInfo.InvariantCulture, $"mean of {RunFigures.MeanSteps(run)} steps");

    private static string ColorOf(int index) => Colors[index % Colors.Length];
}
