using System.Text.Json.Serialization;

namespace LongAlign.Batching;

/// <summary>The rule that chooses the sequences of a step.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<StepComposition>))]
public enum StepComposition
{
    /// <summary>
    /// A sequence of each stratum: sequences are sorted by length and cut into as many strata as a step has sequences, so that every step
    /// has the shape of the whole data.
    /// </summary>
    Stratified,

    /// <summary>Any sequences: the steps of naive batching (<see cref="RandomBatchSampler"/>) of the same seed and as many sequences a step.</summary>
    Random,
}
