using LongAlign.Losses;
using LongAlign.Training;

namespace LongAlign.Core.Tests.Training;

public sealed class RunMeterTests
{
    [Fact]
    public async Task Losses_by_sequence_and_by_token_do_not_depend_on_what_is_minimised()
    {
        // Two packs a step, sequences of several lengths: all three reductions differ.
        async Task<TrainingProgress> FirstStep(LossReduction reduction, bool showsHead)
        {
            using ToyModel model = new(showsHead: showsHead);
            LongAlignTrainerTests.Recorder steps = new();
            await LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(12)).UsePacking(packing => packing.Capacity = 50)
                .UseLossWeighting(reduction).UseGradientAccumulation(3).ReportProgress(steps).Build().TrainStepsAsync(1);
            return steps.Reports[0];
        }

        foreach (bool showsHead in new[] { true, false })
        {
            TrainingProgress bySequence = await FirstStep(LossReduction.SequenceMean, showsHead);
            TrainingProgress byToken = await FirstStep(LossReduction.TokenMean, showsHead);
            TrainingProgress byPack = await FirstStep(LossReduction.PackMean, showsHead);
            Assert.Equal(bySequence.Loss, bySequence.SequenceLoss, 1e-6);
            Assert.Equal(byToken.Loss, byToken.TokenLoss, 1e-6);
            Assert.All([byToken, byPack], step => Assert.Equal(bySequence.Loss, step.SequenceLoss, 1e-6));
            Assert.All([bySequence, byPack], step => Assert.Equal(byToken.Loss, step.TokenLoss, 1e-6));
            Assert.NotEqual(bySequence.Loss, byToken.Loss, 1e-3);
            Assert.NotEqual(byPack.Loss, byToken.Loss, 1e-4);
        }
    }

    [Fact]
    public void The_time_of_evaluations_is_no_time_of_steps()
    {
        RunMeter meter = new();
        Thread.Sleep(20);
        meter.Add(Reports.Evaluation(0) with { Duration = TimeSpan.FromMilliseconds(15) });
        TrainingProgress first = meter.EndStep(10, 0, new StepSums(2), new CrossEntropyLoss(LossReduction.SequenceMean), 0, 0, 0, TimeSpan.Zero, 5);
        TrainingProgress second = meter.EndStep(10, 0, new StepSums(2), new CrossEntropyLoss(LossReduction.SequenceMean), 0, 0, 0, TimeSpan.Zero, 4);
        Assert.Equal(first.Elapsed - TimeSpan.FromMilliseconds(15), first.StepTime);
        Assert.Equal(second.Elapsed - first.Elapsed, second.StepTime);
        Assert.Equal((first.StepTime * 9) + TimeSpan.FromMilliseconds(5 * 15), first.Remaining);
        Assert.Equal(TimeSpan.FromMilliseconds(15), meter.ToResult(false, null, new EvaluationHistory(null, []), null).EvaluationTime);
    }

    [Fact]
    public void The_evaluation_after_the_last_step_is_part_of_the_time_of_the_run()
    {
        RunMeter meter = new();
        TrainingProgress last = meter.EndStep(1, 0, new StepSums(2), new CrossEntropyLoss(LossReduction.SequenceMean), 0, 0, 0, TimeSpan.Zero, 1);
        Thread.Sleep(20);
        meter.Add(Reports.Evaluation(1) with { Duration = TimeSpan.FromMilliseconds(15) });
        TrainingResult result = meter.ToResult(false, null, new EvaluationHistory(null, []), null);
        Assert.True(result.Elapsed - result.EvaluationTime >= last.Elapsed, $"{result.Elapsed} with {result.EvaluationTime} of evaluation, after {last.Elapsed}");
    }
}
