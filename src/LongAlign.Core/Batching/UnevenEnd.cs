using System.Text.Json.Serialization;

namespace LongAlign.Batching;

/// <summary>The policy for the last step of an epoch where the sequences don't fill it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<UnevenEnd>))]
public enum UnevenEnd
{
    /// <summary>The step is smaller, and some ranks may have no micro-batch in it. Every sequence is seen once.</summary>
    SmallerStep,

    /// <summary>The step is left out; <see cref="BatchSampler.GetLeftOut"/> lists its sequences, others in each epoch.</summary>
    Drop,

    /// <summary>
    /// The step is filled with sequences of the same epoch, chosen by the seed; <see cref="BatchSampler.GetRepeated"/> lists them.
    /// They count in the step's M as any other.
    /// </summary>
    Repeat,
}
