namespace LongAlign.Cli.Recipes;

/// <summary>How the learning rate goes after the warm-up.</summary>
internal enum ScheduleKind
{
    Cosine,
    Linear,
    Constant,
    WarmupStableDecay,
}
