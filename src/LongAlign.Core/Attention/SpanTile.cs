using static TorchSharp.torch;

namespace LongAlign.Attention;

/// <summary>Neighbouring queries of one sequence and the neighbouring keys that they see; equal sequences side by side as a batch.</summary>
internal sealed record SpanTile(int Start, int Length, int KeyStart, int KeyLength, bool Causal, bool Masked, bool Adds) : AttentionTile(Causal)
{
    public override Tensor Queries(Tensor tokens) => tokens.narrow(0, Start, Length).unsqueeze(0);

    public override Tensor QueryGradients(Tensor tokens) => Queries(tokens);

    public override Tensor Keys(Tensor tokens) => tokens.narrow(0, KeyStart, KeyLength).unsqueeze(0);

    public override Tensor? Mask(BandMask? band) => Masked ? band!.Slice(Start, Length, KeyStart, KeyLength) : null;

    public override void WriteQueries(Tensor tokens, Tensor tile) => Queries(tokens).copy_(tile);

    public override void WriteKeys(Tensor tokens, Tensor tile)
    {
        if (Adds)
        {
            Keys(tokens).add_(tile);
        }
        else
        {
            Keys(tokens).copy_(tile);
        }
    }
}
