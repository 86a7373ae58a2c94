using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>The random state that a computation began with, to begin it again.</summary>
/// <param name="Cpu">The state of the CPU's generator.</param>
/// <param name="CudaSeed">What the GPU's generator was seeded with; null where the computation is not on CUDA.</param>
internal readonly record struct RandomState(Tensor Cpu, long? CudaSeed)
{
    /// <summary>The state now; the tensor joins the current dispose scope.</summary>
    public static RandomState Begin(Device device)
    {
        long? seed = SeedCuda(device);
        return new RandomState(random.get_rng_state(), seed);
    }

    /// <summary>On CUDA, seeds the GPU's generator with a number drawn on the CPU: TorchSharp can seed that generator, not read it.</summary>
    /// <returns>The seed; null where the device is not CUDA.</returns>
    public static long? SeedCuda(Device device)
    {
        if (device.type != DeviceType.CUDA)
        {
            return null;
        }

        using Tensor drawn = randint(long.MaxValue, 1, dtype: ScalarType.Int64, device: CPU);
        long seed = drawn.ToInt64();
        cuda.manual_seed_all(seed);
        return seed;
    }

    /// <summary>Runs something from this state, and leaves the CPU's generator as it was before.</summary>
    public Tensor Replay(Func<Tensor> function)
    {
        using Tensor now = random.get_rng_state();
        random.set_rng_state(Cpu);
        if (CudaSeed is { } seed)
        {
            cuda.manual_seed_all(seed);
        }

        try
        {
            return function();
        }
        finally
        {
            random.set_rng_state(now);
        }
    }
}
