using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Decoders;

/// <summary>A norm of the last dimension, its means in float32 at the least.</summary>
internal sealed class Norm : nn.Module<Tensor, Tensor>
{
    private readonly NormKind _kind;
    private readonly double _epsilon;
    private readonly Parameter _weight;
    private readonly Parameter? _bias;

    public Norm(long width, DecoderDescription decoder, ScalarType dtype, Device device)
        : base(nameof(Norm))
    {
        _kind = decoder.NormKind;
        _epsilon = decoder.NormEpsilon;
        _weight = new Parameter(empty(width, dtype: dtype, device: device));
        register_parameter("weight", _weight);
        if (_kind == NormKind.Layer)
        {
            _bias = new Parameter(empty(width, dtype: dtype, device: device));
            register_parameter("bias", _bias);
        }
    }

    public override Tensor forward(Tensor input)
    {
        if (_kind == NormKind.Layer)
        {
            return nn.functional.layer_norm(input, _weight.shape, _weight, _bias!, _epsilon);
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor wide = input.to(WideDtype.Of(input.dtype));
        Tensor normed = wide * (wide.square().mean([-1], keepdim: true) + _epsilon).rsqrt();

        // Each family rounds where its own code does.
        Tensor output = _kind == NormKind.RootMeanSquareFromOne
            ? (normed * (1 + _weight.to(wide.dtype))).to(input.dtype)
            : _weight * normed.to(input.dtype);
        return output.MoveToOuterDisposeScope();
    }
}
