using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LongAlign.Training;

/// <summary>
/// What every run says to OpenTelemetry and to whoever else listens: instruments of a <see cref="System.Diagnostics.Metrics.Meter"/> and spans of an
/// <see cref="ActivitySource"/>. It costs next to nothing while nobody does.
/// </summary>
public static class TrainingTelemetry
{
    /// <summary>The name of the meter and of the activity source, for <c>AddMeter</c> and <c>AddSource</c>.</summary>
    /// <value><c>LongAlign</c>.</value>
    public const string Name = "LongAlign";

    private static readonly string? Version = typeof(TrainingTelemetry).Assembly.GetName().Version?.ToString(3);

    internal static ActivitySource Source { get; } = new(Name, Version);

    internal static Meter Meter { get; } = new(Name, Version);

    /// <summary>Runs something within a span of its own.</summary>
    internal static T Trace<T>(string name, int totalSteps, Func<T> run)
    {
        using Activity? activity = Source.StartActivity(name);
        activity?.SetTag("longalign.steps", totalSteps);
        try
        {
            return run();
        }
        catch (Exception e)
        {
            activity?.AddException(e).SetStatus(ActivityStatusCode.Error, e.Message);
            throw;
        }
    }
}
