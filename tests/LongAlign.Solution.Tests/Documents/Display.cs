using LongAlign.Training;

namespace LongAlign.Solution.Tests.Documents;

/// <summary>Takes reports and shows nothing.</summary>
public sealed class Display : IProgress<TrainingProgress>, IProgress<EvaluationReport>
{
    public void Report(TrainingProgress value) => ArgumentNullException.ThrowIfNull(value);

    public void Report(EvaluationReport value) => ArgumentNullException.ThrowIfNull(value);
}
