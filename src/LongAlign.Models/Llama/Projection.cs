using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Llama;

/// <summary>A linear map without bias whose weights are not initialised: they are about to be read or drawn.</summary>
internal sealed class Projection : nn.Module<Tensor, Tensor>
{
    private readonly Parameter _weight;

    public Projection(long inputs, long outputs, ScalarType dtype, Device device)
        : base(nameof(Projection))
    {
        _weight = new Parameter(empty(outputs, inputs, dtype: dtype, device: device));
        register_parameter("weight", _weight);
    }

    public override Tensor forward(Tensor input) => nn.functional.linear(input, _weight);
}
