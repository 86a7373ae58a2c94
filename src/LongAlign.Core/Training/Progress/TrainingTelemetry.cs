using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LongAlign.Training;

/// <summary>
/// The telemetry of every run, for OpenTelemetry and other listeners: instruments of a <see cref="System.Diagnostics.Metrics.Meter"/> and spans of an
/// <see cref="ActivitySource"/>. It costs next to nothing while nobody listens.
/// </summary>
public static class TrainingTelemetry
{
    /// <summary>The name of the meter and of the activity source, for <c>AddMeter</c> and <c>AddSource</c>.</summary>
    /// <value><c>LongAlign</c>.</value>
    public const string Name = "LongAlign";

    /// <summary>The attribute that tells the runs of a process apart: their number, from 1.</summary>
    internal const string RunTag = "longalign.run";

    private static readonly string? Version = typeof(TrainingTelemetry).Assembly.GetName().Version?.ToString(3);

    internal static ActivitySource Source { get; } = new(Name, Version);

    private static int s_runs;

    internal static Meter Meter { get; } = new(Name, Version);

    /// <summary>The number of a run that begins.</summary>
    internal static int NextRun() => Interlocked.Increment(ref s_runs);

    /// <summary>Runs work within a separate span.</summary>
    /// <param name="name">The span's name.</param>
    /// <param name="run">The run's number (<see cref="NextRun"/>).</param>
    /// <param name="totalSteps">Steps of the run.</param>
    /// <param name="work">The work to run.</param>
    internal static T Trace<T>(string name, int run, int totalSteps, Func<T> work)
    {
        using Activity? activity = Source.StartActivity(name);
        activity?.SetTag("longalign.steps", totalSteps).SetTag(RunTag, run);
        try
        {
            return work();
        }
        catch (Exception e)
        {
            activity?.AddException(e).SetStatus(ActivityStatusCode.Error, e.Message);
            throw;
        }
    }
}
