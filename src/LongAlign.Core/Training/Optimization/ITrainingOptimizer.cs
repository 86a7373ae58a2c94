using LongAlign.Training.Checkpoints;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>An optimizer as <see cref="LongAlignTrainer"/> needs it: <see cref="FusedAdamW"/>, one of TorchSharp's (<see cref="TorchOptimizer"/>), or your own.</summary>
/// <remarks>Called from the thread of the run. The trainer zeroes gradients, keeping their memory, and disposes the optimizer at the end. The programs of samples/Extend have Lion, in 50 lines.</remarks>
public interface ITrainingOptimizer : IDisposable
{
    /// <summary>The base learning rate, which the schedule multiplies.</summary>
    double LearningRate { get; }

    /// <summary>The settings that decide its updates beside gradients and state, by name: a run resumes only with the same, and every rank must have the same.</summary>
    /// <value>Empty by default. The type is compared in any case, and so is <see cref="LearningRate"/>.</value>
    IEnumerable<KeyValuePair<string, string>> Settings => [];

    /// <summary>Updates every parameter that has a gradient, with gradients scaled so that their common L2 norm is at most a number.</summary>
    /// <param name="learningRate">The rate of this step.</param>
    /// <param name="maxGradientNorm">The largest norm; infinity to learn the norm alone.</param>
    /// <returns>The norm before scaling (<see cref="GradientNorm"/>). Where it is not finite nothing may be updated; the trainer then counts the step as skipped.</returns>
    double ClipAndStep(double learningRate, double maxGradientNorm);

    /// <summary>Everything that decides later updates, such as moments: a checkpoint saves it.</summary>
    /// <returns>Tensors by name; they stay the optimizer's.</returns>
    IEnumerable<KeyValuePair<string, Tensor>> GetState();

    /// <summary>Takes over the state of a checkpoint.</summary>
    /// <param name="saved">The state from <see cref="GetState"/>. Unless this is implemented otherwise, it is copied into the tensors of the same names.</param>
    /// <exception cref="CheckpointException">Names, shapes or dtypes are not those of this optimizer.</exception>
    void LoadState(SavedTensors saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        saved.CopyTo([.. GetState()]);
    }
}
