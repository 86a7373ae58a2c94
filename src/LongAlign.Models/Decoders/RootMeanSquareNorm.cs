using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Decoders;

/// <summary>RMSNorm (Zhang and Sennrich 2019), the mean square in float32 at the least.</summary>
internal sealed class RootMeanSquareNorm : nn.Module<Tensor, Tensor>
{
    private readonly Parameter _weight;
    private readonly double _epsilon;

    public RootMeanSquareNorm(long width, double epsilon, ScalarType dtype, Device device)
        : base(nameof(RootMeanSquareNorm))
    {
        _epsilon = epsilon;
        _weight = new Parameter(empty(width, dtype: dtype, device: device));
        register_parameter("weight", _weight);
    }

    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor wide = input.to(WideDtype.Of(input.dtype));
        Tensor scale = (wide.square().mean([-1], keepdim: true) + _epsilon).rsqrt();
        return (_weight * (wide * scale).to(input.dtype)).MoveToOuterDisposeScope();
    }
}
