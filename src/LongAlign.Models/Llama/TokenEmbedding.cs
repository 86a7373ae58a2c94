using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Llama;

/// <summary>A row for each token id; not initialised, like <see cref="Projection"/>.</summary>
internal sealed class TokenEmbedding : nn.Module<Tensor, Tensor>
{
    public TokenEmbedding(long vocabulary, long width, ScalarType dtype, Device device)
        : base(nameof(TokenEmbedding))
    {
        Weight = new Parameter(empty(vocabulary, width, dtype: dtype, device: device));
        register_parameter("weight", Weight);
    }

    public Parameter Weight { get; }

    public override Tensor forward(Tensor inputIds) => Weight.index_select(0, inputIds);
}
