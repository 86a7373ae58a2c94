using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training.Seams;

/// <summary>Lion (Chen et al. 2023), as a user would write it: the sign of an interpolated momentum.</summary>
internal sealed class Lion(IReadOnlyList<(string Name, Parameter Parameter)> parameters, double rate = 0.01) : ITrainingOptimizer
{
    private readonly Tensor[] _momenta = [.. parameters.Select(named => zeros_like(named.Parameter, requires_grad: false).DetachFromDisposeScope())];

    public double LearningRate => rate;

    public IEnumerable<KeyValuePair<string, string>> Settings => [new("betas", "0.9 0.99")];

    public double ClipAndStep(double learningRate, double maxGradientNorm)
    {
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        double norm = GradientNorm.Clip(parameters.Select(named => named.Parameter), maxGradientNorm);
        for (int i = 0; i < _momenta.Length && double.IsFinite(norm); i++)
        {
            if (parameters[i].Parameter.grad is { } gradient)
            {
                parameters[i].Parameter.add_(((0.9 * _momenta[i]) + (0.1 * gradient)).sign(), alpha: -learningRate);
                _momenta[i].mul_(0.99).add_(gradient, alpha: 0.01);
            }
        }

        return norm;
    }

    public IEnumerable<KeyValuePair<string, Tensor>> GetState() => parameters.Zip(_momenta, (named, momentum) => KeyValuePair.Create($"{named.Name}.momentum", momentum));

    public void Dispose() => Array.ForEach(_momenta, momentum => momentum.Dispose());
}
