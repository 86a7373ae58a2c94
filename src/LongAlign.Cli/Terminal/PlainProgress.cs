using System.Diagnostics;

namespace LongAlign.Cli.Terminal;

/// <summary>Progress in a file or a build log: a line at each tenth of the work, or every few seconds where the total is not known.</summary>
internal sealed class PlainProgress(TextWriter writer, string title)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private long _tenth;
    private long _written = Stopwatch.GetTimestamp();

    public void Report(ProgressState state)
    {
        if (state.Total is { } total)
        {
            long tenth = 10 * state.Done / Math.Max(1, total);
            if (tenth > _tenth)
            {
                _tenth = tenth;
                writer.WriteLine($"{title} {state.Done}/{total}{(state.Text.Length == 0 ? "" : ", ")}{state.Text}");
            }
        }
        else if (Stopwatch.GetElapsedTime(_written) >= Interval)
        {
            _written = Stopwatch.GetTimestamp();
            writer.WriteLine($"{title} {state.Text}".TrimEnd());
        }
    }
}
