using static TorchSharp.torch;

namespace LongAlign.Models.Decoders;

/// <summary>Frequencies slowed down, so that more positions fit into the angles that a model has been trained on.</summary>
/// <param name="Factor">By how much.</param>
/// <param name="Bands">Which frequencies; null: all of them ("linear", Chen et al. 2023).</param>
internal sealed record RopeScaling(double Factor, RopeBands? Bands = null)
{
    /// <summary>Frequencies after scaling; what is made on the way is left to the scope of the caller.</summary>
    public Tensor Apply(Tensor frequencies)
    {
        Tensor slow = frequencies / Factor;
        if (Bands is null)
        {
            return slow;
        }

        // Turns within the original context: few of them are slowed down, many stay, and between the two bounds it is a mixture.
        Tensor turns = frequencies * (Bands.OriginalMaxPositions / (2 * Math.PI));
        Tensor kept = ((turns - Bands.LowFrequencyFactor) / (Bands.HighFrequencyFactor - Bands.LowFrequencyFactor)).clamp(0, 1);
        return ((1 - kept) * slow) + (kept * frequencies);
    }
}

/// <summary>The bounds of "llama3" scaling (Dubey et al. 2024).</summary>
/// <param name="LowFrequencyFactor">Frequencies of fewer turns than this are slowed down.</param>
/// <param name="HighFrequencyFactor">Frequencies of more turns than this stay.</param>
/// <param name="OriginalMaxPositions">The context within which turns are counted.</param>
internal sealed record RopeBands(double LowFrequencyFactor, double HighFrequencyFactor, int OriginalMaxPositions);
