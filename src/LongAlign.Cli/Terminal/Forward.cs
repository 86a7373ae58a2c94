namespace LongAlign.Cli.Terminal;

/// <summary>Progress that is told at once and on the same thread, unlike <see cref="Progress{T}"/>.</summary>
internal sealed class Forward<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
