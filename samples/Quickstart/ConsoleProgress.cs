using System.Globalization;
using LongAlign.Training;

namespace Quickstart;

/// <summary>One line a method that is written over, or ten lines where the output is no terminal.</summary>
internal sealed class ConsoleProgress(string name) : IProgress<TrainingProgress>
{
    private readonly List<double> _seconds = [];

    /// <summary>Seconds of training after each step.</summary>
    public double[] Seconds => [.. _seconds];

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        _seconds.Add(value.Elapsed.TotalSeconds);
        if (!Console.IsOutputRedirected)
        {
            Console.Write($"\r{name,-25}{value}   ");
        }
        else if (value.Step % Math.Max(1, value.TotalSteps / 10) == 0)
        {
            Console.WriteLine($"{name,-25}{value}");
        }
    }

    /// <summary>Ends the line.</summary>
    public void End(double heldOutLoss)
        => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(Console.IsOutputRedirected ? name.PadRight(25) : "  ")}held-out loss {heldOutLoss:F4}"));
}
