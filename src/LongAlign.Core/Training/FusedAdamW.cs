using LongAlign.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019) in libtorch's fused kernel: one pass over parameters, gradients and moments, and no temporaries.
/// </summary>
/// <remarks>
/// Moments are float32. A parameter in bfloat16 or float16 gets a float32 master copy: at a learning rate of 2e-5 an update is
/// smaller than half a bfloat16 step of most weights and would be lost. Not thread-safe. Dispose frees moments and master copies.
/// </remarks>
public sealed class FusedAdamW : IDisposable
{
    private readonly AdamWOptions _options;
    private readonly List<Slot> _slots = [];
    private readonly Tensor _stepCount;

    /// <summary>Makes moments of zeros for every parameter that requires a gradient.</summary>
    /// <param name="parameters">The parameters, all on one device. Make the optimizer after the last move of the model.</param>
    /// <param name="options">Rates and decays; the paper's by default.</param>
    /// <exception cref="ArgumentException">No parameter requires a gradient, or an option is out of range.</exception>
    public FusedAdamW(IEnumerable<Parameter> parameters, AdamWOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        _options = options ?? new AdamWOptions();
        List<string> faults = [];
        _options.Validate(faults);
        if (faults.Count > 0)
        {
            throw new ArgumentException(string.Join(Environment.NewLine, faults), nameof(options));
        }

        using (no_grad())
        {
            foreach (Parameter parameter in parameters.Where(parameter => parameter.requires_grad))
            {
                _slots.Add(new Slot(parameter));
            }
        }

        if (_slots.Count == 0)
        {
            throw new ArgumentException("No parameter requires a gradient: there is nothing to train.", nameof(parameters));
        }

        _stepCount = zeros(1, ScalarType.Float32, _slots[0].Parameter.device).squeeze(0).DetachFromDisposeScope();
    }

    /// <summary>The base learning rate of the options.</summary>
    public double LearningRate => _options.LearningRate;

    /// <summary>Updates every parameter that has a gradient.</summary>
    /// <param name="learningRate">The rate of this step.</param>
    public void Step(double learningRate)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGrad = no_grad();
        Slot[] active = [.. _slots.Where(slot => slot.Parameter.grad is not null)];
        if (active.Length == 0)
        {
            return;
        }

        _stepCount.add_(1);
        Aten.Call(
            "aten::_fused_adamw_"u8,
            Aten.Arg(Array.ConvertAll(active, slot => slot.Weights)),
            Aten.Arg(Array.ConvertAll(active, slot => slot.Parameter.grad!.to(ScalarType.Float32))),
            Aten.Arg(Array.ConvertAll(active, slot => slot.Mean)),
            Aten.Arg(Array.ConvertAll(active, slot => slot.Square)),
            Aten.Arg(Array.Empty<Tensor>()), // no AMSGrad
            Aten.Arg(Array.ConvertAll(active, _ => _stepCount)),
            Aten.Arg(learningRate),
            Aten.Arg(_options.Beta1),
            Aten.Arg(_options.Beta2),
            Aten.Arg(_options.WeightDecay),
            Aten.Arg(_options.Epsilon),
            Aten.Arg(false), // no AMSGrad
            Aten.Arg(false), // minimize
            Aten.None, // no gradient scaler
            Aten.None);
        foreach (Slot slot in active)
        {
            slot.WriteBack();
        }
    }

    /// <summary>Sets every gradient to zero, keeping its memory.</summary>
    public void ZeroGradients()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (Slot slot in _slots)
        {
            slot.Parameter.grad?.zero_();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stepCount.Dispose();
        foreach (Slot slot in _slots)
        {
            slot.Dispose();
        }
    }

    /// <summary>A parameter with its moments and, if it is not float32, its master copy.</summary>
    private sealed class Slot : IDisposable
    {
        private readonly Tensor? _master;

        public Slot(Parameter parameter)
        {
            Parameter = parameter;
            _master = parameter.dtype == ScalarType.Float32 ? null : parameter.to(ScalarType.Float32).DetachFromDisposeScope();
            Mean = zeros_like(Weights, requires_grad: false).DetachFromDisposeScope();
            Square = zeros_like(Weights, requires_grad: false).DetachFromDisposeScope();
        }

        public Parameter Parameter { get; }

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

        public void Dispose()
        {
            _master?.Dispose();
            Mean.Dispose();
            Square.Dispose();
        }
    }
}
