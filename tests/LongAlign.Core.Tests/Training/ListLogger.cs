using Microsoft.Extensions.Logging;

namespace LongAlign.Core.Tests.Training;

/// <summary>Keeps what was logged.</summary>
internal sealed class ListLogger(LogLevel least = LogLevel.Information) : ILogger
{
    public List<(LogLevel Level, string Message, Exception? Exception)> Entries { get; } = [];

    public IReadOnlyList<string> Messages => [.. Entries.Select(entry => entry.Message)];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
        => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Entries.Add((logLevel, formatter(state, exception), exception));
        }
    }
}
