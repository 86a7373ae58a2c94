using Microsoft.Extensions.Logging;

namespace LongAlign.TrainingHost;

/// <summary>Writes what happens to checkpoints to standard output.</summary>
public sealed class LineLogger : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
        => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        if (eventId.Name is "Saving" or "Saved" or "Resumed" or "Damaged" or "NotDeleted")
        {
            Console.WriteLine($"{eventId.Name} {formatter(state, exception)}");
        }
    }
}
