using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>A micro-batch's shares of a step's loss and metrics: those of all micro-batches and ranks add up to the step's.</summary>
public sealed class LossShare
{
    /// <summary>Makes shares.</summary>
    /// <param name="loss">A scalar of a floating-point dtype with a graph behind it; one without is taken only of a micro-batch without targets.</param>
    /// <param name="metrics">Scalars in the order of <see cref="ITrainingLoss.Metrics"/>; no gradient goes through them.</param>
    /// <exception cref="ArgumentException">A tensor is no scalar.</exception>
    public LossShare(Tensor loss, params Tensor[] metrics)
    {
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(metrics);
        foreach (Tensor tensor in metrics.Prepend(loss))
        {
            if (tensor.numel() != 1)
            {
                throw new ArgumentException($"A share of the loss or of a metric is [{string.Join(", ", tensor.shape)}]; expected a scalar, which a sum gives.");
            }
        }

        Loss = loss;
        Metrics = metrics;
    }

    /// <summary>The share of the loss.</summary>
    public Tensor Loss { get; }

    /// <summary>The shares of the metrics.</summary>
    public IReadOnlyList<Tensor> Metrics { get; }
}
