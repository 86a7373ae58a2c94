using static TorchSharp.torch;

namespace LongAlign.Models.Decoders;

/// <summary>The curve inside the feed-forward part.</summary>
internal enum Activation
{
    /// <summary>x sigmoid(x).</summary>
    Silu,

    /// <summary>GELU in its tanh form.</summary>
    GeluTanh,
}

/// <summary>Applies activations.</summary>
internal static class ActivationExtensions
{
    public static Tensor Apply(this Activation activation, Tensor input) => activation switch
    {
        Activation.Silu => nn.functional.silu(input),
        _ => input.gelu(TorchSharp.Modules.GELU.Approximate.tanh),
    };
}
