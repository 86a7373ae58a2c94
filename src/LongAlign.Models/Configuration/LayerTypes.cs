namespace LongAlign.Models.Configuration;

/// <summary>The words of <c>layer_types</c>.</summary>
internal static class LayerTypes
{
    public const string Full = "full_attention";
    public const string Sliding = "sliding_attention";
}
