using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>A parameter with its moments and, if it is not float32, its master copy.</summary>
internal sealed class AdamWSlot : IDisposable
{
    /// <summary>The name of the float32 weights in a state.</summary>
    public const string Master = "master";

    private Tensor? _master;

    public AdamWSlot(string name, Parameter parameter)
    {
        Name = name;
        Parameter = parameter;
        _master = parameter.dtype == ScalarType.Float32 ? null : parameter.to(ScalarType.Float32).DetachFromDisposeScope();
        Mean = zeros_like(Weights, requires_grad: false).DetachFromDisposeScope();
        Square = zeros_like(Weights, requires_grad: false).DetachFromDisposeScope();
    }

    public string Name { get; }

    public Parameter Parameter { get; }

    public required double LearningRateFactor { get; init; }

    public required double WeightDecay { get; init; }

    public bool HasMaster => _master is not null;

    public Tensor Weights => _master ?? Parameter;

    public Tensor Mean { get; }

    public Tensor Square { get; }

    public void WriteBack()
    {
        if (_master is not null)
        {
            Parameter.copy_(_master);
        }
    }

    public void CastToBFloat16()
    {
        if (_master is null)
        {
            _master = Parameter.detach().DetachFromDisposeScope(); // the same memory; the parameter lets go of it now
            BFloat16.Cast(Parameter);
        }
    }

    public void Dispose()
    {
        _master?.Dispose();
        Mean.Dispose();
        Square.Dispose();
    }
}
