using LongAlign.Distributed;

namespace LongAlign.Training;

/// <summary>The settings of a run that decide what it takes of memory. Immutable.</summary>
public sealed record TrainingFootprintOptions
{
    /// <summary>The memory of libtorch, the .NET runtime and a tokenizer, before a model is loaded: 0.26 GB on Linux x64.</summary>
    public const long CpuRuntimeBytes = 260_000_000;

    /// <summary>The memory of the CUDA context and its libraries, before a model is loaded: an assumption, not measured.</summary>
    public const long CudaRuntimeBytes = 1_000_000_000;

    /// <summary>Gets the most tokens of a micro-batch: the capacity of a pack.</summary>
    /// <value>65,536 by default, as in the paper.</value>
    public int Capacity
    {
        get;
        init => field = AtLeastOne(value, nameof(Capacity));
    } = 65_536;

    /// <summary>Gets the tokens of the longest sequence.</summary>
    /// <value>Null, the default: one fills the capacity.</value>
    public int? LongestSequence
    {
        get;
        init => field = value is { } length ? AtLeastOne(length, nameof(LongestSequence)) : null;
    }

    /// <summary>Gets the share of tokens that are targets; what is projected to the vocabulary grows with it.</summary>
    /// <value>0.1 by default: answers to long documents are short.</value>
    public double TargetShare
    {
        get;
        init => field = value is >= 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(TargetShare), value, $"TargetShare is {value}; expected 0 to 1.");
    } = 0.1;

    /// <summary>Gets the dtypes.</summary>
    public TrainingPrecision Precision { get; init; }

    /// <summary>Gets the rank of adapters on every linear map of the layers.</summary>
    /// <value>Null, the default: the whole model is trained.</value>
    public int? LoraRank
    {
        get;
        init => field = value is { } rank ? AtLeastOne(rank, nameof(LoraRank)) : null;
    }

    /// <summary>Gets whether layers are computed again in the backward pass (<see cref="LongAlignTrainerBuilder.UseGradientCheckpointing"/>).</summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>Gets whether gradients of bfloat16 are added up in float32 over micro-batches (<see cref="LongAlignTrainerBuilder.UseFloat32Gradients"/>).</summary>
    public bool Float32Gradients { get; init; }

    /// <summary>Gets the stage of sharding. It changes nothing with one rank.</summary>
    public Sharding Sharding { get; init; }

    /// <summary>Gets the number of devices.</summary>
    /// <value>1 by default.</value>
    public int Ranks
    {
        get;
        init => field = AtLeastOne(value, nameof(Ranks));
    } = 1;

    /// <summary>Gets the ranks that share the tokens of one pack; it divides <see cref="Ranks"/>.</summary>
    /// <value>1 by default: each rank has packs of its own.</value>
    public int SequenceParallelism
    {
        get;
        init => field = AtLeastOne(value, nameof(SequenceParallelism));
    } = 1;

    /// <summary>Gets whether the device is a GPU: attention has another workspace there.</summary>
    public bool IsGpu { get; init; }

    /// <summary>Gets whether the process keeps the memory of freed tensors (<see cref="Native.FreedMemory.Kept"/>), as the tool and the samples do on Linux.</summary>
    /// <value>False by default: tensors alone.</value>
    public bool KeepsFreedMemory { get; init; }

    /// <summary>Gets the memory in use before a model is loaded, in bytes.</summary>
    /// <value>Null, the default: <see cref="CpuRuntimeBytes"/>, or <see cref="CudaRuntimeBytes"/> on a GPU.</value>
    public long? RuntimeBytes
    {
        get;
        init => field = value is null or >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(RuntimeBytes), value, $"RuntimeBytes is {value}; expected at least 0.");
    }

    internal bool IsWide => Precision == TrainingPrecision.Full;

    /// <summary>Bytes of a number of the dtype that is computed in.</summary>
    internal int Width => IsWide ? 4 : 2;

    internal Sharding EffectiveSharding => Ranks > 1 ? Sharding : Sharding.None;

    /// <summary>Tokens that a rank has of a pack.</summary>
    internal long TokensOfRank => (Capacity + (long)SequenceParallelism - 1) / SequenceParallelism;

    /// <summary>Checks what only together can be wrong.</summary>
    /// <exception cref="ArgumentException">Ranks can't be split into groups; or there are fewer heads than ranks of a group.</exception>
    internal void Check(DecoderDimensions model)
    {
        if (Ranks % SequenceParallelism != 0)
        {
            throw new ArgumentException($"A sequence parallelism of {SequenceParallelism} does not divide {Ranks} ranks.");
        }

        if (model.HeadCount % SequenceParallelism != 0)
        {
            throw new ArgumentException($"A sequence parallelism of {SequenceParallelism} does not divide {model.HeadCount} heads: ranks share attention by heads.");
        }

        if (LongestSequence > Capacity)
        {
            throw new ArgumentException($"The longest sequence has {LongestSequence} tokens; expected at most the capacity of {Capacity}.");
        }
    }

    private static int AtLeastOne(int value, string name)
        => value >= 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected at least 1.");
}
