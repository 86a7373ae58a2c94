using static TorchSharp.torch;

namespace LongAlign.Attention;

/// <summary>A part of a pack that goes through the kernel in one call.</summary>
/// <param name="Causal">Whether the kernel is to be causal; a mask says so itself.</param>
internal abstract record AttentionTile(bool Causal)
{
    /// <summary>The tile's queries of [tokens, ...], as [batch, length, ...].</summary>
    public abstract Tensor Queries(Tensor tokens);

    /// <summary>As <see cref="Queries"/>, with zeros where a slot belongs to no token.</summary>
    public abstract Tensor QueryGradients(Tensor tokens);

    /// <summary>The tile's keys of [tokens, ...].</summary>
    public abstract Tensor Keys(Tensor tokens);

    public abstract Tensor? Mask(BandMask? band);

    public abstract void WriteQueries(Tensor tokens, Tensor tile);

    public abstract void WriteKeys(Tensor tokens, Tensor tile);
}
