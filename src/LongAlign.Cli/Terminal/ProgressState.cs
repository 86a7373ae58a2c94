namespace LongAlign.Cli.Terminal;

/// <summary>How far some work is.</summary>
/// <param name="Done">What is done.</param>
/// <param name="Total">Of how much; null where that is not known.</param>
/// <param name="Text">What else there is to say.</param>
internal readonly record struct ProgressState(long Done, long? Total, string Text);
