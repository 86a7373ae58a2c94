using Microsoft.Extensions.Logging;

namespace LongAlign.Cli.Terminal;

/// <summary>Writes the log of a run, one line for each entry; warnings begin with the word.</summary>
internal sealed class ConsoleLogger(ToolConsole console) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            console.Say($"{(logLevel >= LogLevel.Warning ? "Warning: " : "")}{formatter(state, exception)}{(exception is null ? "" : $": {exception.Message}")}");
        }
    }
}
