namespace LongAlign.Evaluation.Needles;

/// <summary>A needle beside the first one of a prompt.</summary>
/// <param name="Needle">The needle.</param>
/// <param name="Depth">The depth that was asked for, in per cent.</param>
/// <param name="ActualDepth">Its actual place: the share of the haystack's tokens before it, in per cent.</param>
public sealed record PlacedNeedle(Needle Needle, double Depth, double ActualDepth);
