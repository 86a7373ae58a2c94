using System.Globalization;
using LongAlign.Training.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>A wrapper of any TorchSharp optimizer for <see cref="LongAlignTrainer"/>.</summary>
/// <example>
/// <code>
/// LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseOptimizer(parameters => new TorchOptimizer(
///     optim.SGD(parameters.Select(named => named.Parameter), learningRate: 1e-2, momentum: 0.9)));
/// </code>
/// </example>
/// <remarks>The rates of its parameter groups keep their ratios. It keeps no float32 copies of weights: updates of a bfloat16 model are rounded to bfloat16.</remarks>
public sealed class TorchOptimizer : ITrainingOptimizer
{
    private readonly OptimizerHelper _optimizer;
    private readonly double[] _rates;

    /// <summary>Takes an optimizer over, whose first parameter group has the base learning rate.</summary>
    /// <param name="optimizer">The optimizer; disposed with this.</param>
    /// <exception cref="ArgumentException">The learning rate of the first group is not more than 0.</exception>
    public TorchOptimizer(OptimizerHelper optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        _optimizer = optimizer;
        _rates = [.. optimizer.ParamGroups.Select(group => group.LearningRate)];
        if (_rates is not [> 0, ..])
        {
            throw new ArgumentException($"The learning rates of the parameter groups are {string.Join(", ", _rates)}; expected a first one of more than 0, which the schedule multiplies.", nameof(optimizer));
        }
    }

    /// <inheritdoc/>
    public double LearningRate => _rates[0];

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, string>> Settings =>
    [
        new("optimizer of TorchSharp", _optimizer.GetType().Name),
        new("rates of parameter groups", string.Join(' ', _rates.Select(rate => rate.ToString(CultureInfo.InvariantCulture)))),
    ];

    /// <inheritdoc/>
    public double ClipAndStep(double learningRate, double maxGradientNorm)
    {
        double norm = GradientNorm.Clip(_optimizer.parameters(), maxGradientNorm);
        if (double.IsFinite(norm))
        {
            foreach ((optim.ILearningRateController group, double rate) in _optimizer.ParamGroups.Zip(_rates))
            {
                group.LearningRate = learningRate * (rate / LearningRate);
            }

            _optimizer.step();
        }

        return norm;
    }

    /// <summary>Options of the groups and states of the parameters, in TorchSharp's own bytes, one after another.</summary>
    /// <returns>uint8 tensors; they join the current dispose scope.</returns>
    public IEnumerable<KeyValuePair<string, Tensor>> GetState()
    {
        optim.Optimizer.StateDictionary state = _optimizer.state_dict();
        return
        [
            .. state.Options.Select((options, i) => Entry($"group.{i}", options.SaveStateDict)),
            .. state.State.Select((parameter, i) => Entry($"parameter.{i}", parameter.SaveStateDict)),
        ];

        static KeyValuePair<string, Tensor> Entry(string name, Action<BinaryWriter> save)
        {
            using MemoryStream stream = new();
            using BinaryWriter writer = new(stream);
            save(writer);
            writer.Flush();
            return new(name, tensor(stream.ToArray()));
        }
    }

    /// <inheritdoc/>
    public void LoadState(SavedTensors saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        optim.Optimizer.StateDictionary state = _optimizer.state_dict();
        (string Name, Action<BinaryReader> Load)[] parts =
        [
            .. state.Options.Select((options, i) => ($"group.{i}", (Action<BinaryReader>)options.LoadStateDict)),
            .. state.State.Select((parameter, i) => ($"parameter.{i}", (Action<BinaryReader>)parameter.LoadStateDict)),
        ];
        if (!parts.Select(part => part.Name).ToHashSet().SetEquals(saved.Names))
        {
            throw new CheckpointException($"The state is that of an optimizer with {string.Join(", ", saved.Names)}; expected {string.Join(", ", parts.Select(part => part.Name))}.");
        }

        using IDisposable noGrad = no_grad();
        foreach ((string name, Action<BinaryReader> load) in parts)
        {
            using Tensor bytes = saved.Read(name);
            using BinaryReader reader = new(new MemoryStream(bytes.bytes.ToArray()));
            load(reader);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _optimizer.Dispose();
}
