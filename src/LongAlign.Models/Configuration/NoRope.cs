namespace LongAlign.Models.Configuration;

/// <summary>Layers without rotary positions: those of 0 in <c>no_rope_layers</c>, else each <c>no_rope_layer_interval</c>-th.</summary>
internal static class NoRope
{
    public static Func<int, bool> LayersWithout(ConfigReader reader)
    {
        int interval = reader.OptionalSize("no_rope_layer_interval", absent: 4) ?? 4;
        IReadOnlyList<int>? layers = reader.WholeNumbers("no_rope_layers");
        return layers is null ? layer => (layer + 1) % interval == 0 : layer => layer < layers.Count && layers[layer] == 0;
    }

    /// <summary>A fault where the list is shorter than the model.</summary>
    public static void Check(ConfigReader reader, int layerCount)
    {
        if (reader.WholeNumbers("no_rope_layers") is { } layers && (layers.Count < layerCount || layers.Any(layer => layer is not (0 or 1))))
        {
            reader.Fault("no_rope_layers", $"0 or 1 for each of {layerCount} layers", 0);
        }
    }
}
