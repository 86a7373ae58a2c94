using LongAlign.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>The common L2 norm of gradients, in float32.</summary>
public static class GradientNorm
{
    /// <summary>Scales gradients in place so that their common norm is at most a number.</summary>
    /// <param name="parameters">Parameters; those without a gradient do not count.</param>
    /// <param name="maxNorm">The largest norm; infinity scales nothing.</param>
    /// <returns>The norm before; 0 where nothing has a gradient. Where it is not finite nothing is scaled.</returns>
    public static double Clip(IEnumerable<Parameter> parameters, double maxNorm)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        TorchRuntime.EnsureAvailable();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Tensor[] gradients = [.. parameters.Select(parameter => parameter.grad).OfType<Tensor>()];
        double norm = gradients is [] ? 0 : Of(gradients, gradients[0].device).ToDouble();
        double divisor = (norm + 1e-6) / maxNorm;
        if (double.IsFinite(norm) && divisor > 1)
        {
            Array.ForEach(gradients, gradient => gradient.div_(divisor));
        }

        return norm;
    }

    /// <summary>The common L2 norm, a float32 scalar that joins the current dispose scope; 0 where nothing has a gradient.</summary>
    internal static Tensor Of(IReadOnlyCollection<Tensor> gradients, Device device)
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
