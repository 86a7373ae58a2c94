using LongAlign.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>The sink of <see cref="TrainingSinkExtensions.WriteTensorBoard"/>.</summary>
/// <remarks>The file is complete after each scalar. For one thread; nothing is to be disposed.</remarks>
internal sealed class TensorBoardProgress : IProgress<TrainingProgress>, IProgress<EvaluationReport>
{
    private readonly SummaryWriter _writer;

    /// <summary>Makes the folder and an event file in it.</summary>
    /// <param name="folder">The folder of the run, such as <c>runs/first</c>.</param>
    /// <exception cref="IOException">The folder or the file can't be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public TensorBoardProgress(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        TorchRuntime.EnsureAvailable();
        _writer = utils.tensorboard.SummaryWriter(folder, createRunName: false);
    }

    /// <summary>Writes a step.</summary>
    /// <param name="value">The step.</param>
    public void Report(TrainingProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Write("train/loss", value.Loss);
        Write("train/sequence_loss", value.SequenceLoss);
        Write("train/token_loss", value.TokenLoss);
        Write("train/learning_rate", value.LearningRate);
        Write("train/gradient_norm", value.GradientNorm);
        Write("train/epoch", value.Epoch);
        Write("speed/tokens_per_second", value.StepTokensPerSecond);
        Write("speed/tokens_per_second_of_run", value.TokensPerSecond);
        Write("speed/padding_share", value.PaddingShare);
        Write("speed/idle_share", value.IdleShare);
        Write("speed/communication_seconds", value.CommunicationTime.TotalSeconds);
        Write("memory/peak_gigabytes", value.PeakMemoryBytes / 1e9);
        foreach ((string name, double metric) in value.Metrics)
        {
            Write($"metrics/{name}", metric);
        }

        void Write(string tag, double scalar) => _writer.add_scalar(tag, (float)scalar, value.Step);
    }

    /// <summary>Writes an evaluation.</summary>
    /// <param name="value">The evaluation.</param>
    public void Report(EvaluationReport value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Write("evaluation/sequence_loss", value.SequenceLoss);
        Write("evaluation/token_loss", value.TokenLoss);
        foreach (EvaluationBucket bucket in value.Buckets)
        {
            Write($"evaluation/sequence_loss/{bucket.Name}", bucket.SequenceLoss);
            Write($"evaluation/token_loss/{bucket.Name}", bucket.TokenLoss);
        }

        void Write(string tag, double scalar) => _writer.add_scalar(tag, (float)scalar, value.Step);
    }
}
