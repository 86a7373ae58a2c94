using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Extend;

/// <summary>Lion (Chen et al. 2023): moves by the sign of an interpolated momentum, and keeps one moment instead of two.</summary>
internal sealed class Lion(IReadOnlyList<(string Name, Parameter Parameter)> parameters, double learningRate = 1e-3) : ITrainingOptimizer
{
    private readonly Tensor[] _momenta = [.. parameters.Select(named => zeros_like(named.Parameter, requires_grad: false).DetachFromDisposeScope())];

    public double LearningRate => learningRate;

    public IEnumerable<KeyValuePair<string, string>> Settings => [new("beta1", "0.9"), new("beta2", "0.99")];

    public double ClipAndStep(double learningRate, double maxGradientNorm)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        double norm = GradientNorm.Clip(parameters.Select(named => named.Parameter), maxGradientNorm);
        for (int i = 0; i < _momenta.Length && double.IsFinite(norm); i++)
        {
            if (parameters[i].Parameter.grad is { } gradient)
            {
                Tensor direction = (_momenta[i] * 0.9) + (gradient * 0.1);
                parameters[i].Parameter.add_(direction.sign(), alpha: -learningRate);
                _momenta[i].mul_(0.99).add_(gradient, alpha: 0.01);
            }
        }

        return norm;
    }

    // A checkpoint saves these and, on resume, writes into them.
    public IEnumerable<KeyValuePair<string, Tensor>> GetState() => parameters.Zip(_momenta, (named, momentum) => KeyValuePair.Create(named.Name, momentum));

    public void Dispose() => Array.ForEach(_momenta, momentum => momentum.Dispose());
}
