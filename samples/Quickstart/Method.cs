using LongAlign.Training;

namespace Quickstart;

/// <summary>One of the compared ways to batch.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="Configure">Configures the trainer.</param>
internal sealed record Method(string Name, Action<LongAlignTrainerBuilder> Configure);
