using System.Globalization;
using LongAlign.Batching;

namespace LongAlign.Cli.Planning;

/// <summary>A played batching as <c>longalign plan</c> writes it.</summary>
internal sealed class BatchingResult(PlayedBatching played)
{
    public const string TableHead = """
        | batching       |   batches |     steps |    full | padding | waiting | time over ideal | largest batch | evenness | sequences a step |
        | -------------- | --------: | --------: | ------: | ------: | ------: | --------------: | ------------: | -------: | ---------------: |
        """;

    public string Name => played.Name;

    public int MicroBatches => played.MicroBatchCount;

    public int Steps => played.StepCount;

    public int? GlobalBatchSize => played.GlobalBatchSize;

    public int? BatchSize => played.BatchSize;

    public double? Fullness => played.Fullness;

    public double PaddingShare => played.PaddingShare;

    public double IdleShare => played.Timeline.IdleShare;

    public double TimeOverIdeal => played.Timeline.TimeOverIdeal;

    public long LargestMicroBatch => played.LargestMicroBatch;

    public double Evenness => played.Timeline.Evenness.Share;

    public int SmallestStep => played.Timeline.Evenness.Smallest;

    public int MedianStep => played.Timeline.Evenness.Median;

    public int LargestStep => played.Timeline.Evenness.Largest;

    /// <summary>A row of the table; sequences a step are the fewest, the median and the most.</summary>
    public override string ToString()
    {
        string full = Fullness is { } share ? string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1} %") : "";
        string sizes = string.Create(CultureInfo.InvariantCulture, $"{SmallestStep:N0} / {MedianStep:N0} / {LargestStep:N0}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {Name,-14} | {MicroBatches,9:N0} | {Steps,9:N0} | {full,7} | {100 * PaddingShare,5:F1} % | {100 * IdleShare,5:F1} % | {TimeOverIdeal,15:F2} | {LargestMicroBatch,13:N0} | {100 * Evenness,6:F1} % | {sizes,16} |");
    }
}
