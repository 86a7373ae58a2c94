using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Llama;

/// <summary>A linear map without bias whose weights are not initialised: they are about to be read or drawn.</summary>
internal sealed class Projection : nn.Module<Tensor, Tensor>
{
    public Projection(long inputs, long outputs, ScalarType dtype, Device device)
        : base(nameof(Projection))
    {
        Weight = new Parameter(empty(outputs, inputs, dtype: dtype, device: device));
        register_parameter("weight", Weight);
    }

    /// <summary>[outputs, inputs].</summary>
    public Parameter Weight { get; }

    public override Tensor forward(Tensor input) => nn.functional.linear(input, Weight);
}
