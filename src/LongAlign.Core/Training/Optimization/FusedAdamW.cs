using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LongAlign.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019) in libtorch's fused kernel: one pass over parameters, gradients and moments, 28 bytes of
/// memory traffic a parameter, and no temporaries.
/// </summary>
/// <example>
/// <code>
/// using FusedAdamW optimizer = new(model.parameters(), new AdamWOptions { WeightDecay = 0.1 });
/// loss.backward();
/// double norm = optimizer.ClipAndStep(learningRate: 2e-5, maxGradientNorm: 1.0);
/// optimizer.ZeroGradients();
/// </code>
/// </example>
/// <remarks>
/// Moments are float32. A parameter in bfloat16 or float16 gets a float32 master copy: at a learning rate of 2e-5 an update is
/// smaller than half a bfloat16 step of most weights and would be lost. Not thread-safe. Dispose frees moments and master copies.
/// </remarks>
public sealed class FusedAdamW : ITrainingOptimizer
{
    /// <summary>Elements of bfloat16 gradients that are float32 at the same time: 16 MB, which a cache holds, or one gradient if that is larger.</summary>
    private const long GroupElements = 1 << 22;

    private readonly AdamWOptions _options;
    private readonly List<AdamWSlot> _slots = [];
    private readonly Tensor _stepCount;

    /// <summary>Holds a group's gradients in float32: fresh memory would cost a page fault every 4 KB, at every step.</summary>
    private Tensor? _wideGradients;

    /// <summary>Makes moments of zeros for every parameter that requires a gradient.</summary>
    /// <param name="parameters">The parameters, all on one device; a tied weight that comes twice counts once. Make the optimizer after the last move of the model.</param>
    /// <exception cref="ArgumentException">No parameter requires a gradient.</exception>
    public FusedAdamW(IEnumerable<Parameter> parameters)
        : this(parameters, new AdamWOptions())
    {
    }

    /// <summary>Makes moments of zeros for every parameter that requires a gradient.</summary>
    /// <param name="parameters">The parameters, all on one device; a tied weight that comes twice counts once. Make the optimizer after the last move of the model.</param>
    /// <param name="options">Rates and decays; changes afterwards have no effect.</param>
    /// <exception cref="ArgumentException">No parameter requires a gradient, or an option is out of range.</exception>
    public FusedAdamW(IEnumerable<Parameter> parameters, AdamWOptions options)
        : this(Numbered(parameters), options)
    {
    }

    /// <summary>Makes moments of zeros for every parameter that requires a gradient.</summary>
    /// <param name="parameters">The parameters by name, all on one device; a tied weight that comes twice counts once. Make the optimizer after the last move of the model.</param>
    /// <param name="options">Rates and decays; changes afterwards have no effect.</param>
    /// <exception cref="ArgumentException">No parameter requires a gradient, or an option is out of range.</exception>
    public FusedAdamW(IEnumerable<(string Name, Parameter Parameter)> parameters, AdamWOptions options)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Copy();
        List<string> faults = [];
        _options.Validate(faults);
        if (faults.Count > 0)
        {
            throw new ArgumentException(string.Join(Environment.NewLine, faults), nameof(options));
        }

        using (no_grad())
        {
            foreach ((string name, Parameter parameter) in parameters.Where(named => named.Parameter.requires_grad).DistinctBy(named => (Tensor)named.Parameter, SameWeight.Comparer))
            {
                AdamWGroup? group = _options.Groups.FirstOrDefault(group => group.Contains(name, parameter));
                _slots.Add(new AdamWSlot(name, parameter)
                {
                    LearningRateFactor = group?.LearningRateFactor ?? 1,
                    WeightDecay = group?.WeightDecay ?? (_options.DecayNormsAndBiases || parameter.dim() > 1 ? _options.WeightDecay : 0),
                });
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

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, string>> Settings
    {
        get
        {
            yield return new("beta1", Text(_options.Beta1));
            yield return new("beta2", Text(_options.Beta2));
            yield return new("epsilon", Text(_options.Epsilon));
            yield return new("weight decay", Text(_options.WeightDecay));
            string[] others =
            [
                .. from slot in _slots
                   where slot.LearningRateFactor != 1 || slot.WeightDecay != _options.WeightDecay
                   select $"{slot.Name} {Text(slot.LearningRateFactor)} {Text(slot.WeightDecay)}",
            ];
            if (others is not [])
            {
                string hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', others))).AsSpan(0, 8));
                yield return new("parameters of another rate or decay", $"{others.Length} ({hash})");
            }
        }
    }

    /// <summary>Updates every parameter that has a gradient.</summary>
    /// <param name="learningRate">The rate of this step.</param>
    public void Step(double learningRate)
    {
        using DisposeScope scope = NewDisposeScope();
        Update(learningRate, divisor: null);
    }

    /// <summary>
    /// Updates with gradients scaled so that their common L2 norm is at most a number: one pass to find the norm, and the scaling is
    /// part of the update. The norm is the only number that the host waits for.
    /// </summary>
    /// <param name="learningRate">The rate of this step.</param>
    /// <param name="maxGradientNorm">The largest norm; infinity to learn the norm alone.</param>
    /// <returns>
    /// The norm before scaling; 0 where nothing has a gradient. Where it is not finite nothing was updated, moments included. The
    /// gradients may be left scaled.
    /// </returns>
    public double ClipAndStep(double learningRate, double maxGradientNorm)
    {
        using DisposeScope scope = NewDisposeScope();
        double norm = GradientNorm.Of([.. _slots.Select(slot => slot.Parameter.grad).OfType<Tensor>()], _stepCount.device).ToDouble();
        if (!double.IsFinite(norm))
        {
            return norm; // one such update would stay in the moments for good
        }

        double divisor = (norm + 1e-6) / maxGradientNorm;
        Update(learningRate, divisor > 1 ? tensor((float)divisor, device: _stepCount.device) : null);
        return norm;
    }

    /// <summary>Sets every gradient to zero, keeping its memory.</summary>
    public void ZeroGradients()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (AdamWSlot slot in _slots)
        {
            slot.Parameter.grad?.zero_();
        }
    }

    /// <summary>The count of steps, both moments of every parameter, and its float32 weights where the parameter has another dtype.</summary>
    /// <returns>Tensors by name; they stay the optimizer's, and writing into them changes it.</returns>
    public IEnumerable<KeyValuePair<string, Tensor>> GetState()
    {
        yield return new("step", _stepCount);
        foreach (AdamWSlot slot in _slots)
        {
            yield return new($"{slot.Name}.exp_avg", slot.Mean);
            yield return new($"{slot.Name}.exp_avg_sq", slot.Square);
            if (slot.HasMaster)
            {
                yield return new($"{slot.Name}.{AdamWSlot.Master}", slot.Weights);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stepCount.Dispose();
        _wideGradients?.Dispose();
        foreach (AdamWSlot slot in _slots)
        {
            slot.Dispose();
        }
    }

    /// <summary>Turns float32 parameters into bfloat16; the float32 weights become the master copies, bit for bit.</summary>
    /// <param name="kept">Parameters that stay float32.</param>
    internal void CastToBFloat16(IReadOnlySet<Tensor> kept)
    {
        foreach (AdamWSlot slot in _slots.Where(slot => !kept.Contains(slot.Parameter)))
        {
            slot.CastToBFloat16();
        }
    }

    private static IEnumerable<(string Name, Parameter Parameter)> Numbered(IEnumerable<Parameter> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return parameters.Select((parameter, index) => ($"{index}", parameter));
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private void Update(double learningRate, Tensor? divisor)
    {
        using IDisposable noGrad = no_grad();
        AdamWSlot[] active = [.. _slots.Where(slot => slot.Parameter.grad is not null)];
        if (active.Length == 0)
        {
            return;
        }

        _stepCount.add_(1);
        foreach (AdamWSlot[] group in active.GroupBy(slot => (slot.LearningRateFactor, slot.WeightDecay)).SelectMany(Groups))
        {
            using DisposeScope scope = NewDisposeScope();
            Update(group, learningRate, divisor);
        }
    }

    private void Update(AdamWSlot[] slots, double learningRate, Tensor? divisor)
    {
        Aten.Call(
            "aten::_fused_adamw_"u8,
            Aten.Arg(Array.ConvertAll(slots, slot => slot.Weights)),
            Aten.Arg(WideGradients(slots)),
            Aten.Arg(Array.ConvertAll(slots, slot => slot.Mean)),
            Aten.Arg(Array.ConvertAll(slots, slot => slot.Square)),
            Aten.Arg(Array.Empty<Tensor>()), // no AMSGrad
            Aten.Arg(Array.ConvertAll(slots, _ => _stepCount)),
            Aten.Arg(learningRate * slots[0].LearningRateFactor),
            Aten.Arg(_options.Beta1),
            Aten.Arg(_options.Beta2),
            Aten.Arg(slots[0].WeightDecay),
            Aten.Arg(_options.Epsilon),
            Aten.Arg(false), // no AMSGrad
            Aten.Arg(false), // minimize
            divisor is null ? Aten.None : Aten.Some(Aten.Arg(divisor)), // grad_scale: gradients are divided by it
            Aten.None);
        Array.ForEach(slots, slot => slot.WriteBack());
    }

    private Tensor[] WideGradients(AdamWSlot[] slots)
    {
        long start = 0;
        return Array.ConvertAll(slots, slot => slot.Parameter.grad!.dtype == ScalarType.Float32 ? slot.Parameter.grad! : Widen(slot.Parameter.grad!));

        Tensor Widen(Tensor gradient)
        {
            long largest = _slots.Max(slot => slot.Weights.numel());
            _wideGradients ??= empty(Math.Max(largest, Math.Min(GroupElements, _slots.Sum(slot => slot.Weights.numel()))), ScalarType.Float32, gradient.device)
                .DetachFromDisposeScope();
            Tensor wide = _wideGradients.narrow(0, start, gradient.numel()).view(gradient.shape);
            start += gradient.numel();
            return wide.copy_(gradient);
        }
    }

    /// <summary>Of one rate and decay, float32 parameters need no temporaries and go together; the others go in groups, for their gradients are widened first.</summary>
    private static IEnumerable<AdamWSlot[]> Groups(IEnumerable<AdamWSlot> slots)
    {
        List<AdamWSlot> group = [];
        long elements = 0;
        foreach (AdamWSlot slot in slots)
        {
            long size = slot.HasMaster ? slot.Weights.numel() : 0;
            if (elements + size > GroupElements && group.Count > 0)
            {
                yield return [.. group];
                group.Clear();
                elements = 0;
            }

            group.Add(slot);
            elements += size;
        }

        yield return [.. group];
    }
}
