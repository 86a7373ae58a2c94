namespace LongAlign.Sequences;

/// <summary>A dataset in two parts that have no sequence in common.</summary>
/// <param name="Training">The sequences to train on.</param>
/// <param name="HeldOut">The sequences to evaluate with.</param>
public sealed record HeldOutSplit(ISequenceDataset Training, ISequenceDataset HeldOut);
