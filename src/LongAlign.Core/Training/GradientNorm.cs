using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>The norm of all gradients together, and clipping to it.</summary>
internal static class GradientNorm
{
    /// <summary>Scales all gradients so that their common L2 norm is at most <paramref name="maxNorm"/>.</summary>
    /// <returns>The norm before clipping; 0 where nothing has a gradient.</returns>
    public static double Clip(IReadOnlyCollection<Parameter> parameters, double maxNorm)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor[] gradients = [.. parameters.Select(parameter => parameter.grad).OfType<Tensor>()];
        if (gradients.Length == 0)
        {
            return 0;
        }

        double norm = stack(Array.ConvertAll(gradients, gradient => gradient.to(ScalarType.Float32).norm())).norm().ToDouble();
        double factor = maxNorm / (norm + 1e-6);
        if (factor < 1)
        {
            foreach (Tensor gradient in gradients)
            {
                gradient.mul_(factor);
            }
        }

        return norm;
    }
}
