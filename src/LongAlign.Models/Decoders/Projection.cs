using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Decoders;

/// <summary>A linear map, the one of all families; its weights are not initialised: they are about to be read or drawn.</summary>
internal sealed class Projection : nn.Module<Tensor, Tensor>
{
    public Projection(long inputs, long outputs, bool bias, ScalarType dtype, Device device)
        : base(nameof(Projection))
    {
        Weight = new Parameter(empty(outputs, inputs, dtype: dtype, device: device));
        register_parameter("weight", Weight);
        if (bias)
        {
            Bias = new Parameter(empty(outputs, dtype: dtype, device: device));
            register_parameter("bias", Bias);
        }
    }

    /// <summary>[outputs, inputs].</summary>
    public Parameter Weight { get; }

    /// <summary>[outputs]; null where there is none.</summary>
    public Parameter? Bias { get; }

    public override Tensor forward(Tensor input) => nn.functional.linear(input, Weight, Bias);
}
