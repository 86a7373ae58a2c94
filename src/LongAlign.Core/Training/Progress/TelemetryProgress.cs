using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LongAlign.Training;

/// <summary>Steps and evaluations as measurements and spans (<see cref="TrainingTelemetry"/>).</summary>
internal sealed class TelemetryProgress : IProgress<TrainingProgress>, IProgress<EvaluationReport>
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
    private static readonly Gauge<double> Remaining = Last("longalign.training.remaining_time", "s", "Estimated time to the end of the run.");
    private static readonly Gauge<double> PeakMemory = Last("longalign.training.memory.peak", "By", "Most memory that the process has held.");
    private static readonly Gauge<double> HeldOutSequenceLoss = Last("longalign.evaluation.sequence_loss", "1", "Loss on held-out sequences, every sequence counting the same, in nats.");
    private static readonly Gauge<double> HeldOutTokenLoss = Last("longalign.evaluation.token_loss", "1", "Loss on held-out sequences, every target token counting the same, in nats.");
    private static readonly Histogram<double> EvaluationDuration = Time("longalign.evaluation.duration", "Duration of an evaluation.");

    public void Report(TrainingProgress value)
    {
        Steps.Add(1);
        Tokens.Add(value.Tokens);
        TargetTokens.Add(value.TargetTokens);
        StepDuration.Record(value.StepTime.TotalSeconds);
        Loss.Record(value.Loss);
        SequenceLoss.Record(value.SequenceLoss);
        TokenLoss.Record(value.TokenLoss);
        LearningRate.Record(value.LearningRate);
        GradientNorm.Record(value.GradientNorm);
        Throughput.Record(value.StepTokensPerSecond);
        PaddingShare.Record(value.PaddingShare);
        IdleShare.Record(value.IdleShare);
        Remaining.Record(value.Remaining.TotalSeconds);
        PeakMemory.Record(value.PeakMemoryBytes);
        Span("longalign.step", value.StepTime, value.Step)?.SetTag("longalign.loss", value.Loss).SetTag("longalign.tokens", value.Tokens).Dispose();
    }

    public void Report(EvaluationReport value)
    {
        EvaluationDuration.Record(value.Duration.TotalSeconds);
        Record("all", value.SequenceLoss, value.TokenLoss);
        foreach (EvaluationBucket bucket in value.Buckets)
        {
            Record(bucket.Name, bucket.SequenceLoss, bucket.TokenLoss);
        }

        Span("longalign.evaluate", value.Duration, value.Step)?.SetTag("longalign.loss", value.Loss).Dispose();

        static void Record(string length, double sequenceLoss, double tokenLoss)
        {
            KeyValuePair<string, object?> bucket = new("longalign.sequence_length", length);
            HeldOutSequenceLoss.Record(sequenceLoss, bucket);
            HeldOutTokenLoss.Record(tokenLoss, bucket);
        }
    }

    /// <summary>A span that ends now, within that of the run.</summary>
    private static Activity? Span(string name, TimeSpan duration, int step)
    {
        DateTimeOffset end = DateTimeOffset.UtcNow;
        return TrainingTelemetry.Source.StartActivity(name, ActivityKind.Internal, parentContext: default, startTime: end - duration)?
            .SetEndTime(end.UtcDateTime).SetTag("longalign.step", step);
    }

    private static Counter<long> Count(string name, string unit, string description) => TrainingTelemetry.Meter.CreateCounter<long>(name, unit, description);

    private static Gauge<double> Last(string name, string unit, string description) => TrainingTelemetry.Meter.CreateGauge<double>(name, unit, description);

    private static Histogram<double> Time(string name, string description) => TrainingTelemetry.Meter.CreateHistogram<double>(name, "s", description);
}
