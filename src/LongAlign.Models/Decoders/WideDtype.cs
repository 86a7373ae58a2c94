using static TorchSharp.torch;

namespace LongAlign.Models.Decoders;

/// <summary>The dtype in which a model of a dtype computes means and angles.</summary>
internal static class WideDtype
{
    public static ScalarType Of(ScalarType dtype) => dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
}
