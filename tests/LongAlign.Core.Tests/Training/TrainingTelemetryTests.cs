using System.Diagnostics;
using System.Diagnostics.Metrics;
using LongAlign.Sequences;
using LongAlign.Training;

namespace LongAlign.Core.Tests.Training;

public sealed class TrainingTelemetryTests
{
    [Fact]
    public async Task Every_run_measures_steps_and_evaluations()
    {
        List<(string Name, string? Unit, double Value, string? Length)> measurements = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, subscriber) =>
        {
            if (instrument.Meter.Name == "LongAlign")
            {
                subscriber.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();

        using ToyModel model = new();
        LongAlignTrainerTests.Recorder steps = new();
        TrainingResult result = await Builder(model).ReportProgress(steps).Build().TrainStepsAsync(3);

        Assert.Equal([1, 1, 1], Values("longalign.training.steps", "{step}"));
        Assert.Equal(steps.Reports.Select(report => (double)report.Tokens), Values("longalign.training.tokens", "{token}"));
        Assert.Equal(steps.Reports.Select(report => (double)report.TargetTokens), Values("longalign.training.target_tokens", "{token}"));
        Assert.Equal(steps.Reports.Select(report => report.StepTime.TotalSeconds), Values("longalign.training.step.duration", "s"));
        Assert.Equal(result.Losses, Values("longalign.training.loss", "1"));
        Assert.Equal(steps.Reports.Select(report => report.SequenceLoss), Values("longalign.training.sequence_loss", "1"));
        Assert.Equal(steps.Reports.Select(report => report.TokenLoss), Values("longalign.training.token_loss", "1"));
        Assert.Equal(steps.Reports.Select(report => report.LearningRate), Values("longalign.training.learning_rate", "1"));
        Assert.Equal(steps.Reports.Select(report => report.GradientNorm), Values("longalign.training.gradient_norm", "1"));
        Assert.Equal(steps.Reports.Select(report => report.StepTokensPerSecond), Values("longalign.training.throughput", "{token}/s"));
        Assert.Equal(steps.Reports.Select(report => report.PaddingShare), Values("longalign.training.padding_share", "1"));
        Assert.Equal(steps.Reports.Select(report => report.CommunicationTime.TotalSeconds), Values("longalign.training.communication_time", "s"));
        Assert.Equal(steps.Reports.Select(report => report.IdleShare), Values("longalign.training.idle_share", "1"));
        Assert.Equal(steps.Reports.Select(report => report.Remaining.TotalSeconds), Values("longalign.training.remaining_time", "s"));
        Assert.Equal(steps.Reports.Select(report => (double)report.PeakMemoryBytes), Values("longalign.training.memory.peak", "By"));
        Assert.Equal(result.Evaluations.Select(report => report.Duration.TotalSeconds), Values("longalign.evaluation.duration", "s"));
        Assert.Equal(result.Evaluations.Select(report => report.SequenceLoss), Values("longalign.evaluation.sequence_loss", "1", "all"));
        Assert.Equal(result.Evaluations.Select(report => report.TokenLoss), Values("longalign.evaluation.token_loss", "1", "all"));
        Assert.Equal(result.Evaluations.Select(report => report.Buckets[0].TokenLoss), Values("longalign.evaluation.token_loss", "1", "4k"));

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            Assert.Equal("longalign.run", tags[0].Key);
            Assert.True(tags.Length == 1 || tags[1].Key == "longalign.sequence_length");
            measurements.Add((instrument.Name, instrument.Unit, value, tags.Length == 1 ? null : (string?)tags[1].Value));
        }

        IEnumerable<double> Values(string name, string unit, string? length = null)
            => measurements.Where(one => one.Name == name && one.Unit == unit && one.Length == length).Select(one => one.Value);
    }

    /// <summary>A gauge has its last value by attributes: without one of the run, two trainers would have one value between them.</summary>
    [Fact]
    public async Task Two_runs_at_once_have_two_gauges()
    {
        Dictionary<object, double> gauge = [];
        Dictionary<object, long> steps = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, subscriber) =>
        {
            if (instrument is { Meter.Name: "LongAlign", Name: "longalign.training.loss" or "longalign.training.steps" })
            {
                subscriber.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, value, tags, _) =>
        {
            lock (gauge)
            {
                gauge[tags[0].Value!] = value;
            }
        });
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            lock (steps)
            {
                steps[tags[0].Value!] = steps.GetValueOrDefault(tags[0].Value!) + value;
            }
        });
        listener.Start();
        using ToyModel one = new();
        using ToyModel other = new();
        TrainingResult[] results = await Task.WhenAll(Builder(one).Build().TrainStepsAsync(3), Builder(other).Build().TrainStepsAsync(4));
        Assert.NotEqual(results[0].Losses[^1], results[1].Losses[^1]);
        Assert.Equal(results.Select(result => result.Losses[^1]).Order(), gauge.Values.Order());
        Assert.Equal([3, 4], steps.Values.Order());
        Assert.All(gauge.Keys, run => Assert.InRange((int)run, 1, int.MaxValue));
    }

    [Fact]
    public async Task A_run_is_a_span_and_its_steps_and_evaluations_are_spans_within()
    {
        List<Activity> spans = [];
        using ActivityListener listener = Listen(spans);
        using ToyModel model = new();
        LongAlignTrainerTests.Recorder steps = new();
        await Builder(model).ReportProgress(steps).Build().TrainStepsAsync(3);

        Activity run = spans[^1];
        Assert.Equal("longalign.train", run.OperationName);
        Assert.Equal(3, run.GetTagItem("longalign.steps"));
        Assert.All(spans, span => Assert.Equal(run.GetTagItem("longalign.run"), Assert.IsType<int>(span.GetTagItem("longalign.run"))));
        Assert.Equal(["longalign.evaluate", "longalign.step", "longalign.step", "longalign.evaluate", "longalign.step", "longalign.evaluate"], spans[..^1].Select(span => span.OperationName));
        Assert.Equal([0, 1, 2, 2, 3, 3], spans[..^1].Select(span => span.GetTagItem("longalign.step")));
        Assert.All(spans[..^1], span => Assert.Equal(run.SpanId, span.ParentSpanId));
        Assert.All(spans[..^1], span => Assert.InRange(span.StartTimeUtc, run.StartTimeUtc.AddMilliseconds(-20), run.StartTimeUtc + run.Duration));
        Activity[] ofSteps = [.. spans.Where(span => span.OperationName == "longalign.step")];
        Assert.Equal(steps.Reports.Select(report => report.Loss), ofSteps.Select(span => (double)span.GetTagItem("longalign.loss")!));
        Assert.All(ofSteps.Zip(steps.Reports), pair => Assert.Equal(pair.Second.StepTime, pair.First.Duration));
        Assert.Equal(ActivityStatusCode.Unset, run.Status);
    }

    [Fact]
    public async Task A_run_that_fails_is_a_span_of_an_error()
    {
        List<Activity> spans = [];
        using ActivityListener listener = Listen(spans);
        using ToyModel model = new(vocabulary: 3);
        await Assert.ThrowsAsync<InvalidDataException>(() => LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(4)).UseNaiveBatching().Build().TrainAsync());
        Activity run = Assert.Single(spans);
        Assert.Equal(ActivityStatusCode.Error, run.Status);
        Assert.Equal("exception", Assert.Single(run.Events).Name);
    }

    private static LongAlignTrainerBuilder Builder(ToyModel model) => LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(12))
        .UseSortedBatching(batching => batching.BatchSize = 3).EvaluateEvery(2, LongAlignTrainerTests.Counting(3));

    private static ActivityListener Listen(List<Activity> spans)
    {
        ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == TrainingTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
