namespace LongAlign.Cli.Recipes;

/// <summary>The course of the learning rate after the warm-up.</summary>
internal enum ScheduleKind
{
    Cosine,
    Linear,
    Constant,
    WarmupStableDecay,
}
