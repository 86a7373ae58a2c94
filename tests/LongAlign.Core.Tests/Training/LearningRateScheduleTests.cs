using System.Globalization;
using CsCheck;
using LongAlign.Training;

namespace LongAlign.Core.Tests.Training;

public sealed class LearningRateScheduleTests
{
    private static readonly Gen<(LearningRateSchedule Schedule, int Warmup, int Total, double Least)> Schedules =
        from kind in Gen.Int[0, 3]
        from total in Gen.Int[1, 400]
        from warmupSteps in Gen.Int[0, 500]
        from ratio in Gen.Double[0, 0.99]
        from isRatio in Gen.Bool
        from decay in Gen.Double[0.001, 1]
        from least in Gen.OneOf(Gen.Const(0.0), Gen.Double[0, 1], Gen.Const(1.0))
        let warmup = isRatio ? (Ratio: ratio, Steps: 0) : (Ratio: 0.0, Steps: warmupSteps)
        let schedule = kind switch
        {
            0 => LearningRateSchedule.Constant(warmup.Ratio, warmup.Steps),
            1 => LearningRateSchedule.Linear(warmup.Ratio, warmup.Steps, least),
            2 => LearningRateSchedule.Cosine(warmup.Ratio, warmup.Steps, least),
            _ => LearningRateSchedule.WarmupStableDecay(decay, warmup.Ratio, warmup.Steps, least),
        }
        select (schedule, Math.Min(isRatio ? (int)Math.Ceiling(ratio * total) : warmupSteps, total - 1), total, kind == 0 ? 1 : least);

    [Fact]
    public void Cosine_rises_to_one_and_falls_to_zero()
    {
        LearningRateSchedule schedule = LearningRateSchedule.Cosine(warmupSteps: 2);
        double[] factors = [.. Enumerable.Range(0, 7).Select(step => schedule.GetFactor(step, 6))];
        double[] expected = [0, 0.5, 1, 0.5 * (1 + Math.Cos(Math.PI / 4)), 0.5, 0.5 * (1 + Math.Cos(3 * Math.PI / 4)), 0];
        Assert.Equal(expected, factors, (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void Linear_falls_in_equal_steps_after_a_warm_up_given_as_a_ratio()
    {
        LearningRateSchedule schedule = LearningRateSchedule.Linear(warmupRatio: 0.15); // 0.15 of 10 steps, rounded up: 2
        double[] factors = [.. Enumerable.Range(0, 11).Select(step => schedule.GetFactor(step, 10))];
        double[] expected = [0, 0.5, 1, 7 / 8.0, 6 / 8.0, 5 / 8.0, 4 / 8.0, 3 / 8.0, 2 / 8.0, 1 / 8.0, 0];
        Assert.Equal(expected, factors, (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void Constant_stays() => Assert.All(Enumerable.Range(0, 5), step => Assert.Equal(1, LearningRateSchedule.Constant().GetFactor(step, 5)));

    [Fact]
    public void Cosine_with_a_least_factor_equals_the_formula()
    {
        LearningRateSchedule schedule = LearningRateSchedule.Cosine(warmupSteps: 10, leastFactor: 0.1);
        for (int step = 10; step <= 100; step++)
        {
            Assert.Equal(0.1 + (0.45 * (1 + Math.Cos(Math.PI * (step - 10) / 90))), schedule.GetFactor(step, 100), 1e-12);
        }

        Assert.Equal(0.1, schedule.GetFactor(100, 100), 1e-12);
        Assert.Equal(0.1, schedule.GetFactor(1_000, 100), 1e-12);
    }

    [Fact]
    public void Warmup_stable_decay_stays_and_falls_at_the_end()
    {
        LearningRateSchedule schedule = LearningRateSchedule.WarmupStableDecay(decayRatio: 0.4, warmupSteps: 2, leastFactor: 0.2);
        double[] factors = [.. Enumerable.Range(0, 11).Select(step => schedule.GetFactor(step, 10))];
        double[] expected = [0, 0.5, 1, 1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2];
        Assert.Equal(expected, factors, (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void A_schedule_is_one_at_the_end_of_the_warm_up_and_gets_there_evenly() => Schedules.Sample(c =>
    {
        Assert.Equal(1, c.Schedule.GetFactor(c.Warmup, c.Total), 1e-12);
        for (int step = 0; step < c.Warmup; step++)
        {
            Assert.Equal(1.0 / c.Warmup, c.Schedule.GetFactor(step + 1, c.Total) - c.Schedule.GetFactor(step, c.Total), 1e-9);
        }
    });

    [Fact]
    public void A_schedule_never_rises_after_the_warm_up_nor_falls_below_the_least_factor() => Schedules.Sample(c =>
    {
        for (int step = c.Warmup; step < c.Total + 3; step++)
        {
            double factor = c.Schedule.GetFactor(step, c.Total);
            Assert.InRange(factor, c.Least - 1e-12, 1 + 1e-12);
            Assert.True(c.Schedule.GetFactor(step + 1, c.Total) <= factor + 1e-12);
        }

        Assert.Equal(c.Least, c.Schedule.GetFactor(c.Total, c.Total), 1e-12);
    });

    [Fact]
    public void The_last_step_is_never_one_of_the_warm_up() => Schedules.Sample(c => Assert.True(c.Warmup < c.Total && c.Schedule.GetFactor(c.Total - 1, c.Total) > 0));

    [Fact]
    public void A_warm_up_in_two_forms_or_a_number_out_of_range_is_refused()
    {
        Assert.Throws<ArgumentException>(() => LearningRateSchedule.Cosine(warmupRatio: 0.1, warmupSteps: 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Cosine(warmupRatio: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Cosine(warmupRatio: double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Linear(warmupSteps: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Linear(leastFactor: 1.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Cosine(leastFactor: double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.WarmupStableDecay(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.WarmupStableDecay(1.1));
        Assert.Throws<ArgumentException>(() => LearningRateSchedule.FromFunction(" ", (_, _) => 1));
    }

    [Theory]
    [InlineData(-0.5)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public async Task A_factor_that_is_negative_or_not_finite_ends_the_run_and_is_named(double factor)
    {
        using ToyModel model = new();
        LongAlignTrainer trainer = LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(4)).UseNaiveBatching()
            .UseSchedule("sawtooth", (step, _) => step == 2 ? factor : 2).Build();
        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => trainer.TrainStepsAsync(7));
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"'sawtooth' gives the factor {factor} at step 2 of 7"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_schedule_of_ones_own_sets_the_rate_of_every_step()
    {
        using ToyModel model = new();
        LongAlignTrainerTests.Recorder progress = new();
        await LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(4)).UseNaiveBatching().ReportProgress(progress)
            .UseSchedule("by step", (step, total) => (step + 1.0) / total).Build().TrainStepsAsync(4);
        Assert.Equal([0.25 * 0.05, 0.5 * 0.05, 0.75 * 0.05, 0.05], progress.Reports.Select(report => report.LearningRate), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void A_description_holds_every_number_and_is_the_same_in_every_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            Assert.Equal("constant(warmup-ratio=0, warmup-steps=5)", LearningRateSchedule.Constant(warmupSteps: 5).Description);
            Assert.Equal("cosine(warmup-ratio=0.03, warmup-steps=0, least-factor=0.1)", LearningRateSchedule.Cosine(0.03, leastFactor: 0.1).Description);
            Assert.Equal("linear(warmup-ratio=0, warmup-steps=0, least-factor=0)", LearningRateSchedule.Linear().Description);
            Assert.Equal("warmup-stable-decay(warmup-ratio=0, warmup-steps=3, decay-ratio=0.25, least-factor=0)", LearningRateSchedule.WarmupStableDecay(0.25, warmupSteps: 3).Description);
            Assert.Equal("mine(own)", LearningRateSchedule.FromFunction("mine", (_, _) => 1).Description);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
