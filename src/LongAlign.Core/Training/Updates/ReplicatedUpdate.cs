using LongAlign.Collation;
using LongAlign.Distributed;
using LongAlign.Training.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>Every rank holds everything, adds up the gradients of all and makes the same update.</summary>
internal sealed class ReplicatedUpdate : WeightUpdate
{
    private readonly TrainerSetup _setup;
    private readonly MeteredProcessGroup _group;
    private readonly GradientSums _sums;
    private readonly GradientReducer _reducer;
    private bool _sumsInFloat32;

    public ReplicatedUpdate(TrainerSetup setup)
    {
        _setup = setup;
        Optimizer = setup.Optimizer(setup.Trained);
        _group = new MeteredProcessGroup(setup.Group);
        _sums = new GradientSums(setup.Parameters);
        _reducer = new GradientReducer(_group, setup.Parameters);
    }

    public override ITrainingOptimizer Optimizer { get; }

    public override TimeSpan Waited => _group.Waited;

    public override TimeSpan Communicated => _group.Communicated;

    public override IReadOnlyList<string> WithoutGradient => [.. _setup.Trained.Where(named => named.Parameter.grad is null).Select(named => named.Name)];

    public override IEnumerable<KeyValuePair<string, Tensor>> State => Optimizer.GetState();

    public override bool IsShared => false;

    /// <summary>The optimizer first: it keeps the float32 weights as master copies.</summary>
    public override void CastToBFloat16(nn.Module module)
    {
        ((FusedAdamW)Optimizer).CastToBFloat16(BFloat16.FindKept(module));
        BFloat16.Cast(module);
    }

    public override void BeginStep(int microBatches) => _sumsInFloat32 = microBatches >= _setup.Float32GradientsFrom;

    public override bool BeginMicroBatch(TrainingBatch? batch, ref bool isCancelled) => batch is not null;

    public override void EndMicroBatch()
    {
        if (_sumsInFloat32)
        {
            _sums.Add();
        }
    }

    public override void AddUp()
    {
        if (_sumsInFloat32)
        {
            _sums.WriteBack();
        }

        _reducer.Reduce();
    }

    public override double Apply(double learningRate, double maxGradientNorm) => Optimizer.ClipAndStep(learningRate, maxGradientNorm);

    public override void ZeroGradients()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (Parameter parameter in _setup.Parameters)
        {
            parameter.grad?.zero_();
        }
    }

    public override IDisposable? GatherWeights() => null;

    public override void Restore(OptimizerParts saved, IReadOnlyCollection<string> withoutGradient)
    {
        Optimizer.LoadState(saved.Read(_setup.Trained.Select(named => new StateShare(named.Name, named.Parameter.numel(), 0, named.Parameter.shape)), 0, 1));
        using DisposeScope scope = NewDisposeScope();
        foreach ((string name, Parameter parameter) in _setup.Trained)
        {
            parameter.grad = withoutGradient.Contains(name) ? null : zeros_like(parameter);
        }
    }

    public override void Complete()
    {
    }

    public override void Dispose()
    {
        Optimizer.Dispose();
        _sums.Dispose();
        _reducer.Dispose();
    }
}
