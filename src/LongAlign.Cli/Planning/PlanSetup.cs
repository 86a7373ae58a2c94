namespace LongAlign.Cli.Planning;

/// <summary>What decides the batches of an epoch.</summary>
internal sealed record PlanSetup(int Capacity, int BatchSize, int Accumulation, int Ranks, ulong Seed);
