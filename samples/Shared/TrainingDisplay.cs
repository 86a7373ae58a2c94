using System.Diagnostics;
using System.Globalization;
using LongAlign.Training;
using Spectre.Console;

namespace LongAlign.Samples;

/// <summary>
/// A run in the console: a live display with a bar, the curve of the loss, throughput and time left where the terminal can show one;
/// ten plain lines where output goes to a file or a build server.
/// </summary>
internal sealed class TrainingDisplay(string name) : IProgress<TrainingProgress>, IProgress<EvaluationReport>
{
    private const int BarWidth = 32;
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(100);

    private readonly List<TrainingProgress> _steps = [];
    private EvaluationReport? _evaluation;
    private LiveDisplayContext? _live;
    private long _drawn;

    /// <summary>Shows the display until training ends; reports go to this object.</summary>
    public async Task<TrainingResult> ShowAsync(Func<Task<TrainingResult>> train)
    {
        if (!AnsiConsole.Profile.Capabilities.Interactive)
        {
            return await train();
        }

        return await AnsiConsole.Live(Lines()).StartAsync(async live =>
        {
            _live = live;
            TrainingResult result = await train();
            Draw();
            return result;
        });
    }

    /// <summary>Seconds of training, without evaluations, after each step.</summary>
    public double[] TrainingSeconds()
    {
        double seconds = 0;
        return [.. _steps.Select(step => seconds += step.StepTime.TotalSeconds)];
    }

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        _steps.Add(value);
        if (_live is not null)
        {
            if (Stopwatch.GetElapsedTime(_drawn) > Refresh)
            {
                Draw();
            }
        }
        else if (value.Step % Math.Max(1, value.TotalSteps / 10) == 0)
        {
            Console.WriteLine($"{name,-25}{value}");
        }
    }

    /// <inheritdoc/>
    public void Report(EvaluationReport value)
    {
        _evaluation = value;
        if (_live is not null)
        {
            Draw();
        }
        else
        {
            Console.WriteLine($"{name,-25}{value}");
        }
    }

    private void Draw()
    {
        _drawn = Stopwatch.GetTimestamp();
        _live!.UpdateTarget(Lines());
        _live.Refresh();
    }

    private Rows Lines()
    {
        if (_steps is not [.., TrainingProgress last])
        {
            return new Rows(new Markup($"[bold]{name.EscapeMarkup(),-25}[/]"), new Markup($"  [grey]{HeldOut()}[/]"));
        }

        (char full, char empty) = AnsiConsole.Profile.Capabilities.Unicode ? ('━', '─') : ('#', '.');
        int done = BarWidth * last.Step / last.TotalSteps;
        string bar = $"[green]{new string(full, done)}[/][grey]{new string(empty, BarWidth - done)}[/]";
        string curve = Sparkline.Of([.. _steps.Select(step => step.Loss)], BarWidth, AnsiConsole.Profile.Capabilities.Unicode);
        return new Rows(
            new Markup(Invariant($"[bold]{name.EscapeMarkup(),-25}[/] {bar}  step {last.Step}/{last.TotalSteps}  {last.Remaining:h\\:mm\\:ss} left")),
            new Markup(Invariant($"{"loss",-25} [yellow]{curve.EscapeMarkup()}[/]  {last.Loss:F4}  [grey]{HeldOut()}[/]")),
            new Markup(Invariant($"{"",-25} {last.TokensPerSecond:N0} tokens/s  padding {last.PaddingShare:P1}  waiting for data {last.IdleShare:P1}  peak {last.PeakMemoryBytes / 1e9:F1} GB")));
    }

    private string HeldOut() => _evaluation is null ? "" : Invariant($"held out {_evaluation.SequenceLoss:F4}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
