using LongAlign.Batching;
using LongAlign.Native;
using LongAlign.Packing;
using Microsoft.Extensions.Logging;

namespace LongAlign.Training;

internal static partial class TrainingLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Training {Steps} steps, {StepsPerEpoch} per epoch, loss: {Loss}")]
    public static partial void Started(ILogger logger, int steps, int stepsPerEpoch, ITrainingLoss loss);

    public static void Batches(ILogger logger, IBatchSampler sampler)
    {
        if (logger.IsEnabled(LogLevel.Information))
        {
            string? batches = sampler is BatchSampler known ? known.LogText : sampler.ToString();
            Describe(logger, batches);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Batches: {Batches}")]
    private static partial void Describe(ILogger logger, string? batches);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Truncated} sequences are cut to {MaxLength} tokens ({WithoutTarget} of them have no target left) and {LeftOut} left out ({Overlong})")]
    public static partial void Overlong(ILogger logger, int truncated, int maxLength, int withoutTarget, int leftOut, OverlongPolicy overlong);

    [LoggerMessage(Level = LogLevel.Information, Message = "Memory of freed tensors on the CPU: {FreedMemory}")]
    public static partial void Memory(ILogger logger, FreedMemory freedMemory);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The device's memory is probably too small: by its dimensions the run {Advice}")]
    public static partial void MemoryShort(ILogger logger, FootprintAdvice advice);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Progress}")]
    public static partial void Stepped(ILogger logger, TrainingProgress progress);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Report}")]
    public static partial void Evaluated(ILogger logger, EvaluationReport report);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping early after step {Step}: the loss on held-out sequences has not improved in {Patience} evaluations")]
    public static partial void StoppingEarly(ILogger logger, int step, int? patience);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The callback {Callback} failed and is not called again; training continues")]
    public static partial void CallbackDropped(ILogger logger, Exception exception, string callback);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping after step {Step}: {Reason}")]
    public static partial void StoppedByCallback(ILogger logger, int step, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Sink} failed and gets no more reports; training continues")]
    public static partial void SinkDropped(ILogger logger, Exception exception, string sink);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Outcome} {Steps} steps, {TokensPerSecond:F0} tokens/s, padding {PaddingShare:P1}")]
    public static partial void Ended(ILogger logger, string outcome, int steps, double tokensPerSecond, double paddingShare);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Step {Step} is skipped: loss {Loss}, gradient norm {GradientNorm}, sequences {Sequences}")]
    public static partial void Skipped(ILogger logger, int step, double loss, double gradientNorm, string sequences);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Saving step {Step} to {Folder}")]
    public static partial void Saving(ILogger logger, int step, string folder);

    [LoggerMessage(Level = LogLevel.Information, Message = "Saved step {Step} to {Folder} in {Seconds:F1} s")]
    public static partial void Saved(ILogger logger, int step, string folder, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "Resuming from {Folder}, after step {Step}")]
    public static partial void Resumed(ILogger logger, string folder, int step);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Path} has no complete checkpoint; starting at step 0")]
    public static partial void Begins(ILogger logger, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The checkpoint {Folder} is damaged or incomplete and is not used: {Fault}")]
    public static partial void Damaged(ILogger logger, string folder, string fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Folder} was written by version {Theirs} of the library; this is {Ours}")]
    public static partial void OtherLibrary(ILogger logger, string folder, string theirs, string ours);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Folder} could not be deleted: {Fault}")]
    public static partial void NotDeleted(ILogger logger, string folder, string fault);
}
