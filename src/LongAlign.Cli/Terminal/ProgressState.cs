namespace LongAlign.Cli.Terminal;

/// <summary>The progress of some work.</summary>
/// <param name="Done">The amount done.</param>
/// <param name="Total">The whole amount; null where it is not known.</param>
/// <param name="Text">Further text.</param>
internal readonly record struct ProgressState(long Done, long? Total, string Text);
