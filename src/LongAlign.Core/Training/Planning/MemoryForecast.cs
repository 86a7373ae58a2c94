using LongAlign.Batching;
using LongAlign.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>Warns before the first step where the device's memory will not do.</summary>
internal static class MemoryForecast
{
    /// <summary>Compares what the run takes with what the device has; says nothing where either is not known.</summary>
    public static void WarnIfShort(TrainerSetup setup)
    {
        if (setup.Model.Dimensions is { } model && OptionsOf(setup, model) is { } options && MemoryOf(setup.Parameters[0].device) is { } memory)
        {
            WarnIfShort(setup, FootprintAdvice.Of(model, options, memory));
        }
    }

    /// <summary>The settings of a run; null where its sampler does not say how large a micro-batch is.</summary>
    public static TrainingFootprintOptions? OptionsOf(TrainerSetup setup, DecoderDimensions model)
    {
        if (setup.Sampler is not BatchSampler { Sequences: { Lengths.Length: > 0 } sequences } sampler)
        {
            return null;
        }

        int longest = sequences.Kept.Max(sequence => sequences.Lengths[sequence]);
        long capacity = sampler is PaddedBatchSampler padded ? (long)padded.BatchSize * longest : Math.Min(Math.Max(longest, sequences.Limit.MaxTokens), sequences.TokenCount);
        long trained = setup.Trained.Sum(named => named.Parameter.numel());
        return new TrainingFootprintOptions
        {
            Capacity = (int)Math.Clamp(capacity, 1, int.MaxValue),
            LongestSequence = longest,
            Precision = setup.MixedPrecision ? TrainingPrecision.Mixed : setup.Parameters[0].dtype == ScalarType.Float32 ? TrainingPrecision.Full : TrainingPrecision.BFloat16,
            LoraRank = trained < setup.Parameters.Sum(parameter => parameter.numel()) ? (int)Math.Max(1, trained / model.GetAdapterParameterCount(1)) : null,
            GradientCheckpointing = setup.Model is IGradientCheckpointing { GradientCheckpointing: true },
            Ranks = setup.Group.WorldSize,
            Sharding = setup.Sharding,
            SequenceParallelism = setup.SequenceParallelism,
            IsGpu = setup.Parameters[0].device_type == DeviceType.CUDA,
            KeepsFreedMemory = TorchRuntime.FreedMemory == FreedMemory.Kept,
        };
    }

    private static void WarnIfShort(TrainerSetup setup, FootprintAdvice advice)
    {
        if (!advice.Fits)
        {
            TrainingLog.MemoryShort(setup.Logger, advice);
        }
    }

    /// <summary>Of a GPU what its driver says; null where it says nothing.</summary>
    private static long? MemoryOf(Device device)
        => device.type == DeviceType.CUDA ? CudaDevice.TryGetMemory(device.index) : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
}
