namespace LongAlign.Training;

/// <summary>A part of what training takes of a device's memory.</summary>
/// <param name="Kind">What for.</param>
/// <param name="Bytes">How much.</param>
/// <param name="Formula">How it comes about, with numbers.</param>
/// <param name="IsAtPeak">Whether it is there at the moment when memory is fullest, and so counts in the sum.</param>
public sealed record FootprintPart(FootprintPartKind Kind, long Bytes, string Formula, bool IsAtPeak);
