using TorchSharp.Modules;

namespace LongAlign.Training;

public sealed partial class LongAlignTrainerBuilder
{
    private readonly List<(ITrainingCallback Callback, bool EndsRunOnError)> _callbacks = [];
    private AdamWOptions? _adamW;
    private Func<IReadOnlyList<(string Name, Parameter Parameter)>, ITrainingOptimizer>? _optimizer;
    private ITrainingLoss? _loss;

    /// <summary>Trains with AdamW, in float32 whatever the model's dtype.</summary>
    /// <param name="learningRate">The base rate.</param>
    /// <param name="beta1">Decay of the running mean of gradients.</param>
    /// <param name="beta2">Decay of the running mean of squared gradients.</param>
    /// <param name="epsilon">Added to the denominator.</param>
    /// <param name="weightDecay">Decoupled weight decay.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseAdamW(
        double learningRate = 2e-5, double beta1 = 0.9, double beta2 = 0.95, double epsilon = 1e-8, double weightDecay = 0)
        => UseAdamW(options => (options.LearningRate, options.Beta1, options.Beta2, options.Epsilon, options.WeightDecay) = (learningRate, beta1, beta2, epsilon, weightDecay));

    /// <summary>Trains with AdamW, with all its options: groups of parameters with a separate rate or decay, no decay for norms and biases.</summary>
    /// <param name="configure">Changes the defaults.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseAdamW(Action<AdamWOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        AdamWOptions options = new();
        configure(options);
        _adamW = options;
        _optimizer = parameters => new FusedAdamW(parameters, options);
        return Called();
    }

    /// <summary>Trains with another optimizer: one of TorchSharp's (<see cref="TorchOptimizer"/>) or your own.</summary>
    /// <param name="create">
    /// Makes it from the parameters that require a gradient, by name, when the run begins: on the model's device, with the weights of rank 0. The
    /// trainer disposes it.
    /// </param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseOptimizer(Func<IReadOnlyList<(string Name, Parameter Parameter)>, ITrainingOptimizer> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        _optimizer = create;
        return Called();
    }

    /// <summary>Minimises your own loss, such as one of preferences or of a teacher's answers.</summary>
    /// <param name="loss">The loss. Without this call it is the cross entropy that <see cref="UseLossWeighting"/> describes.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseLoss(ITrainingLoss loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        _loss = loss;
        return Called();
    }

    /// <summary>Calls your own code before and after steps, evaluations and checkpoints. May be called several times; all are told, in order.</summary>
    /// <param name="callback">The callback.</param>
    /// <param name="endsRunOnError">Whether what it throws ends the run. If not, that is logged, and it is not called again.</param>
    /// <returns>This builder.</returns>
    public LongAlignTrainerBuilder UseCallback(ITrainingCallback callback, bool endsRunOnError = true)
    {
        ArgumentNullException.ThrowIfNull(callback);
        ThrowIfBuilt();
        _callbacks.Add((callback, endsRunOnError));
        return this;
    }
}
