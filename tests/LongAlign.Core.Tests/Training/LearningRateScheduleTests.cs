using LongAlign.Training;

namespace LongAlign.Core.Tests.Training;

public sealed class LearningRateScheduleTests
{
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
    public void A_warm_up_in_two_forms_or_out_of_range_is_refused()
    {
        Assert.Throws<ArgumentException>(() => LearningRateSchedule.Cosine(warmupRatio: 0.1, warmupSteps: 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Cosine(warmupRatio: 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Cosine(warmupRatio: double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => LearningRateSchedule.Linear(warmupSteps: -1));
    }
}
