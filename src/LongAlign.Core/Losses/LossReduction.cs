namespace LongAlign.Losses;

/// <summary>The rule that reduces the cross entropies of a step's target tokens to one number.</summary>
public enum LossReduction
{
    /// <summary>Every sequence counts the same (Eq. 2 of the paper; equal to Eq. 4, packing with loss weighting): token weight 1 / (N_i M).</summary>
    SequenceMean,

    /// <summary>Every target token of the step counts the same.</summary>
    TokenMean,

    /// <summary>Every micro-batch counts the same, and within it every target token (Eq. 3, packing without loss weighting).</summary>
    PackMean,
}
