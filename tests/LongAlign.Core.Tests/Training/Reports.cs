using LongAlign.Training;

namespace LongAlign.Core.Tests.Training;

/// <summary>Reports to give to sinks.</summary>
internal static class Reports
{
    public static TrainingProgress Step(int step, double loss = 1.25) => new()
    {
        Step = step,
        TotalSteps = 100,
        Epoch = 1,
        Loss = loss,
        SequenceLoss = loss + 1,
        TokenLoss = loss + 2,
        LearningRate = 2e-5,
        GradientNorm = 0.5,
        Tokens = 3_000,
        TargetTokens = 1_000,
        StepTime = TimeSpan.FromSeconds(1.5),
        IdleShare = 0.125,
        CommunicationTime = TimeSpan.FromSeconds(0.25),
        TokensPerSecond = 1_500,
        PaddingShare = 0.25,
        Elapsed = TimeSpan.FromSeconds(90.5),
        Remaining = TimeSpan.FromHours(30),
        PeakMemoryBytes = 2_500_000_000,
    };

    public static EvaluationReport Evaluation(int step, double loss = 2.5) => new()
    {
        Step = step,
        Loss = loss,
        SequenceLoss = loss,
        TokenLoss = loss + 0.5,
        Sequences = 3,
        TargetTokens = 900,
        Buckets =
        [
            new EvaluationBucket { MaxTokens = 4_096, Name = "4k", Sequences = 2, TargetTokens = 400, SequenceLoss = 3.5, TokenLoss = 3.75 },
            new EvaluationBucket { MaxTokens = null, Name = "beyond", Sequences = 1, TargetTokens = 500, SequenceLoss = 1.5, TokenLoss = 1.75 },
        ],
        Duration = TimeSpan.FromSeconds(4),
    };
}
