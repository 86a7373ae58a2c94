using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>The norm of all gradients together, in float32.</summary>
internal static class GradientNorm
{
    /// <summary>The common L2 norm, a float32 scalar that joins the current dispose scope; 0 where nothing has a gradient.</summary>
    public static Tensor Of(IReadOnlyCollection<Tensor> gradients, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Tensor[] norms = [zeros(1, ScalarType.Float32, device).squeeze(0), .. gradients.Select(Norm)];
        return stack(norms).norm().MoveToOuterDisposeScope();
    }

    /// <summary>A scope each: the float32 copy of a bfloat16 gradient lives no longer than its norm takes.</summary>
    private static Tensor Norm(Tensor gradient)
    {
        using DisposeScope scope = NewDisposeScope();
        return gradient.to(ScalarType.Float32).norm().MoveToOuterDisposeScope();
    }
}
