using static TorchSharp.torch;

namespace LongAlign.Collation;

/// <summary>The exchange of parts of a pack among the ranks that share it.</summary>
internal interface IPartExchange
{
    /// <summary>Gives each rank one part and gets one from each, in the order of ranks; with gradients, which go the way back.</summary>
    /// <param name="parts">[ranks, ...], contiguous.</param>
    /// <returns>Of the same shape; the caller owns it.</returns>
    Tensor Exchange(Tensor parts);
}
