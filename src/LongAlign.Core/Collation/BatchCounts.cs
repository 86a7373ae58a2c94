namespace LongAlign.Collation;

/// <summary>What a collator counted while it copied: sequences, those with a target, tokens without padding, target tokens.</summary>
internal readonly record struct BatchCounts(int Sequences, int SequencesWithTarget, int RealTokens, int Targets);
