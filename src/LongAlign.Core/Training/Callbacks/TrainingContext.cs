using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>A run as a callback sees it, and what a callback may ask of it.</summary>
public sealed class TrainingContext
{
    private readonly WeightUpdate _update;
    private readonly Dictionary<string, double> _metrics = new(StringComparer.Ordinal);
    private bool _wantsEvaluation;
    private bool _wantsCheckpoint;

    internal TrainingContext(nn.Module model, WeightUpdate update, int rank, int totalSteps)
    {
        Model = model;
        _update = update;
        Rank = rank;
        TotalSteps = totalSteps;
    }

    /// <summary>The steps done so far, those before the run was resumed included.</summary>
    public int Step { get; internal set; }

    /// <summary>The steps of the whole run.</summary>
    public int TotalSteps { get; }

    /// <summary>This process, from 0.</summary>
    public int Rank { get; }

    /// <summary>The model that is trained.</summary>
    public nn.Module Model { get; }

    /// <summary>The figures of the last step; null before the first one that this process makes.</summary>
    public TrainingProgress? Progress { get; internal set; }

    internal string? StopReason { get; private set; }

    /// <summary>Lets the run end after this step, as early stopping does: the step is saved if checkpoints are. After the last step it changes nothing.</summary>
    /// <param name="reason">Why, for log and result; the first reason counts.</param>
    public void Stop(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        StopReason ??= reason;
    }

    /// <summary>Asks for an evaluation after this step, whatever the plan; nothing happens where nothing is held out.</summary>
    public void RequestEvaluation() => _wantsEvaluation = true;

    /// <summary>Asks for a checkpoint after this step; nothing happens where no checkpoints are saved.</summary>
    public void RequestCheckpoint() => _wantsCheckpoint = true;

    /// <summary>Adds a number to the report of the step (<see cref="TrainingProgress.Metrics"/>), which every sink gets.</summary>
    /// <param name="name">Its name; the last number of a name counts.</param>
    /// <param name="value">The number.</param>
    public void AddMetric(string name, double value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        _metrics[name] = value;
    }

    /// <summary>Runs the model for something else than training: in evaluation mode, without gradients, with random numbers that training does not miss.</summary>
    /// <param name="action">The action on the model, such as writing a sample answer.</param>
    /// <remarks>Under <see cref="Distributed.Sharding.Parameters"/> every rank has to call it, for all weights come to every rank meanwhile; what is done there may differ. Afterwards every part has its mode back. On CUDA, whose random generators TorchSharp can't read, numbers drawn on the device are missed.</remarks>
    public void RunUndisturbed(Action<nn.Module> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        using IDisposable? weights = _update.GatherWeights();
        using UndisturbedTraining undisturbed = new(Model);
        using IDisposable noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        action(Model);
    }

    /// <summary>Returns the metrics that were added since the last report.</summary>
    internal IReadOnlyDictionary<string, double> TakeMetrics()
    {
        Dictionary<string, double> taken = new(_metrics);
        _metrics.Clear();
        return taken;
    }

    internal bool TakeEvaluationRequest() => Take(ref _wantsEvaluation);

    internal bool TakeCheckpointRequest() => Take(ref _wantsCheckpoint);

    private static bool Take(ref bool request)
    {
        bool taken = request;
        request = false;
        return taken;
    }
}
