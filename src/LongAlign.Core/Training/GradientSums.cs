using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>
/// Adds up the gradients of a step's micro-batches in float32 where they are bfloat16 or float16. Added in their own dtype, each sum is rounded:
/// with hundreds of micro-batches, what one of them adds is lost.
/// </summary>
/// <remarks>4 bytes a parameter from the first use on, and 12 bytes of memory traffic a parameter and micro-batch.</remarks>
internal sealed class GradientSums : IDisposable
{
    private readonly Parameter[] _parameters;
    private readonly Tensor?[] _sums;

    /// <summary>Finds the parameters that need it; takes no memory yet.</summary>
    public GradientSums(IEnumerable<Parameter> parameters)
    {
        _parameters = [.. parameters.Where(parameter => parameter.requires_grad && parameter.dtype is ScalarType.BFloat16 or ScalarType.Float16)];
        _sums = new Tensor?[_parameters.Length];
    }

    /// <summary>Adds the gradients of a micro-batch after its backward pass and sets them to zero.</summary>
    public void Add()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        for (int i = 0; i < _parameters.Length; i++)
        {
            if (_parameters[i].grad is { } gradient)
            {
                _sums[i] ??= zeros_like(gradient, ScalarType.Float32, requires_grad: false).DetachFromDisposeScope();
                _sums[i]!.add_(gradient);
                gradient.zero_();
            }
        }
    }

    /// <summary>Ends a step: the gradients become the sums, rounded once; the next sums begin at zero.</summary>
    public void WriteBack()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        for (int i = 0; i < _parameters.Length; i++)
        {
            if (_sums[i] is { } sum)
            {
                _parameters[i].grad!.copy_(sum);
                sum.zero_();
            }
        }
    }

    public void Dispose()
    {
        foreach (Tensor? sum in _sums)
        {
            sum?.Dispose();
        }
    }
}
