namespace LongAlign.Attention;

/// <summary>The algorithm that computes the attention of a pack. All give the same numbers, as far as their dtypes go.</summary>
public enum AttentionBackend
{
    /// <summary>The fastest that can run; <see cref="BlockDiagonalAttention.ChooseBackend"/> says which.</summary>
    Automatic,

    /// <summary>
    /// FlashAttention over variable lengths (Dao 2023): one launch, however many sequences. CUDA from compute capability 8.0 (Ampere) on,
    /// float16 or bfloat16, head_dim a multiple of 8 up to 256; no soft cap.
    /// </summary>
    FlashVarlen,

    /// <summary>
    /// Memory-efficient attention over variable lengths (Rabe and Staats 2021): one launch. CUDA; float32 and float16, and bfloat16 from
    /// compute capability 8.0 on; no window, no soft cap. Repeats keys and values for grouped queries.
    /// </summary>
    EfficientVarlen,

    /// <summary>
    /// libtorch's fused attention for one sequence after another, short ones of near lengths together. The best on the CPU. On another
    /// device a window costs a mask of the longest sequence squared. With a soft cap, which no fused kernel takes: plain products over blocks of queries.
    /// </summary>
    PerSequence,

    /// <summary>Fused attention over a mask of tokens x tokens: for comparison, everywhere.</summary>
    DenseMask,
}
