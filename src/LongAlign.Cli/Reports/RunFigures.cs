using System.Globalization;

namespace LongAlign.Cli.Reports;

/// <summary>The numbers of runs.</summary>
internal static class RunFigures
{
    private const double MiB = 1 << 20;

    /// <summary>Rows of a table: a name, and a value for each run.</summary>
    public static IEnumerable<IReadOnlyList<string>> Of(IReadOnlyList<LoggedRun> runs)
    {
        yield return Row("steps", run => Text($"{run.Steps[^1].Step:N0} of {run.Steps[^1].TotalSteps:N0}"));
        yield return Row("training loss, mean of the last tenth", run => Text($"{FinalLoss(run):F4}"));
        yield return Row("held-out loss", run => run.Evaluations is [.., { } last] ? Text($"{last.Loss:F4} at step {last.Step:N0}") : "none");
        yield return Row("lowest held-out loss", run => run.Evaluations.Where(evaluation => double.IsFinite(evaluation.Loss)).MinBy(evaluation => evaluation.Loss) is { } best ? Text($"{best.Loss:F4} at step {best.Step:N0}") : "none");
        yield return Row("tokens", run => Text($"{run.Steps.Sum(step => step.Tokens):N0}"));
        yield return Row("tokens per second", run => Text($"{run.Steps[^1].TokensPerSecond:N0}"));
        yield return Row("padding", run => Text($"{run.Steps[^1].PaddingShare:P1}"));
        yield return Row("time, evaluations included", run => Time(TimeSpan.FromSeconds(run.Steps[^1].Elapsed)));
        yield return Row("peak memory of the process", run => Text($"{run.Steps.Max(step => step.PeakMemoryBytes) / MiB:N0} MiB"));
        yield return Row("steps skipped, not finite", run => Text($"{run.Steps[^1].SkippedSteps:N0}"));

        IReadOnlyList<string> Row(string name, Func<LoggedRun, string> value) => [name, .. runs.Select(value)];
    }

    /// <summary>The mean loss of the last tenth of the steps, as training says it.</summary>
    public static double FinalLoss(LoggedRun run)
        => run.Steps.TakeLast((run.Steps.Count + 9) / 10).Select(step => step.Loss).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();

    /// <summary>Over how many steps means run: a twentieth of the run.</summary>
    public static int MeanSteps(LoggedRun run) => Math.Max(1, run.Steps.Count / 20);

    /// <summary>At each point the mean of the points up to it, at most so many, without those that are not finite.</summary>
    public static (double X, double Y)[] RunningMean(IReadOnlyList<(double X, double Y)> points, int count)
    {
        Queue<double> window = new();
        double sum = 0;
        return [.. points.Where(point => double.IsFinite(point.Y)).Select(point =>
        {
            window.Enqueue(point.Y);
            sum += point.Y;
            sum -= window.Count > count ? window.Dequeue() : 0;
            return (point.X, sum / window.Count);
        })];
    }

    private static string Time(TimeSpan time) => Text($"{(int)time.TotalHours}:{time:mm\\:ss}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
