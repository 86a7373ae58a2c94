using LongAlign.Training;

namespace LongAlign.Core.Tests.Training;

internal static class CancelledRun
{
    /// <summary>The result of a run, also where it was cancelled.</summary>
    public static async Task<(TrainingResult Result, bool IsCancelled)> OrCancelled(this Task<TrainingResult> run)
    {
        try
        {
            return (await run, false);
        }
        catch (TrainingCanceledException cancelled)
        {
            return (cancelled.Result!, true);
        }
    }
}
