using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LongAlign.Training;

/// <summary>Steps and evaluations as measurements and spans (<see cref="TrainingTelemetry"/>).</summary>
/// <param name="run">The number of the run, which all that it measures has as an attribute: gauges of two runs are two.</param>
internal sealed class TelemetryProgress(int run) : IProgress<TrainingProgress>, IProgress<EvaluationReport>
{
    private static readonly Counter<long> Steps = Count("longalign.training.steps", "{step}", "Optimizer steps.");
    private static readonly Counter<long> Tokens = Count("longalign.training.tokens", "{token}", "Tokens trained on, without padding.");
    private static readonly Counter<long> TargetTokens = Count("longalign.training.target_tokens", "{token}", "Target tokens trained on.");
    private static readonly Histogram<double> StepDuration = Time("longalign.training.step.duration", "Duration of a step, its wait for batches included.");
    private static readonly Gauge<double> Loss = Last("longalign.training.loss", "1", "Loss of the last step, by the reduction of the run, in nats.");
    private static readonly Gauge<double> SequenceLoss = Last("longalign.training.sequence_loss", "1", "Loss of the last step, every sequence counting the same, in nats.");
    private static readonly Gauge<double> TokenLoss = Last("longalign.training.token_loss", "1", "Loss of the last step, every target token counting the same, in nats.");
    private static readonly Gauge<double> LearningRate = Last("longalign.training.learning_rate", "1", "Learning rate of the last step.");
    private static readonly Gauge<double> GradientNorm = Last("longalign.training.gradient_norm", "1", "L2 norm of the last step's gradients, before clipping.");
    private static readonly Gauge<double> Throughput = Last("longalign.training.throughput", "{token}/s", "Tokens without padding per second, of the last step.");
    private static readonly Gauge<double> PaddingShare = Last("longalign.training.padding_share", "1", "Share of padding among all tokens of the run.");
    private static readonly Gauge<double> IdleShare = Last("longalign.training.idle_share", "1", "Share of the ranks' time in the last step in which they waited for batches or for each other.");
    private static readonly Gauge<double> CommunicationTime = Last("longalign.training.communication_time", "s", "Time of the last step in which the first rank exchanged gradients and weights, without waiting.");
    private static readonly Gauge<double> Remaining = Last("longalign.training.remaining_time", "s", "Estimated time to the end of the run.");
    private static readonly Gauge<double> PeakMemory = Last("longalign.training.memory.peak", "By", "Most memory that the process has held.");
    private static readonly Gauge<double> HeldOutSequenceLoss = Last("longalign.evaluation.sequence_loss", "1", "Loss on held-out sequences, every sequence counting the same, in nats.");
    private static readonly Gauge<double> HeldOutTokenLoss = Last("longalign.evaluation.token_loss", "1", "Loss on held-out sequences, every target token counting the same, in nats.");
    private static readonly Histogram<double> EvaluationDuration = Time("longalign.evaluation.duration", "Duration of an evaluation.");

    private readonly KeyValuePair<string, object?> _run = new(TrainingTelemetry.RunTag, run);

    public void Report(TrainingProgress value)
    {
        Steps.Add(1, _run);
        Tokens.Add(value.Tokens, _run);
        TargetTokens.Add(value.TargetTokens, _run);
        StepDuration.Record(value.StepTime.TotalSeconds, _run);
        Loss.Record(value.Loss, _run);
        SequenceLoss.Record(value.SequenceLoss, _run);
        TokenLoss.Record(value.TokenLoss, _run);
        LearningRate.Record(value.LearningRate, _run);
        GradientNorm.Record(value.GradientNorm, _run);
        Throughput.Record(value.StepTokensPerSecond, _run);
        PaddingShare.Record(value.PaddingShare, _run);
        IdleShare.Record(value.IdleShare, _run);
        CommunicationTime.Record(value.CommunicationTime.TotalSeconds, _run);
        Remaining.Record(value.Remaining.TotalSeconds, _run);
        PeakMemory.Record(value.PeakMemoryBytes, _run);
        Span("longalign.step", value.StepTime, value.Step)?.SetTag("longalign.loss", value.Loss).SetTag("longalign.tokens", value.Tokens).Dispose();
    }

    public void Report(EvaluationReport value)
    {
        EvaluationDuration.Record(value.Duration.TotalSeconds, _run);
        Record("all", value.SequenceLoss, value.TokenLoss);
        foreach (EvaluationBucket bucket in value.Buckets)
        {
            Record(bucket.Name, bucket.SequenceLoss, bucket.TokenLoss);
        }

        Span("longalign.evaluate", value.Duration, value.Step)?.SetTag("longalign.loss", value.Loss).Dispose();

        void Record(string length, double sequenceLoss, double tokenLoss)
        {
            KeyValuePair<string, object?> bucket = new("longalign.sequence_length", length);
            HeldOutSequenceLoss.Record(sequenceLoss, _run, bucket);
            HeldOutTokenLoss.Record(tokenLoss, _run, bucket);
        }
    }

    /// <summary>A span that ends now, within that of the run.</summary>
    private Activity? Span(string name, TimeSpan duration, int step)
    {
        DateTimeOffset end = DateTimeOffset.UtcNow;
        return TrainingTelemetry.Source.StartActivity(name, ActivityKind.Internal, parentContext: default, startTime: end - duration)?
            .SetEndTime(end.UtcDateTime).SetTag("longalign.step", step).SetTag(_run.Key, _run.Value);
    }

    private static Counter<long> Count(string name, string unit, string description) => TrainingTelemetry.Meter.CreateCounter<long>(name, unit, description);

    private static Gauge<double> Last(string name, string unit, string description) => TrainingTelemetry.Meter.CreateGauge<double>(name, unit, description);

    private static Histogram<double> Time(string name, string description) => TrainingTelemetry.Meter.CreateHistogram<double>(name, "s", description);
}
