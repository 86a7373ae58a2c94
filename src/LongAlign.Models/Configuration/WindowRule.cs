namespace LongAlign.Models.Configuration;

/// <summary>The layers of a family that have a sliding window; <c>layer_types</c>, where it is given, overrides it.</summary>
/// <param name="Absent">The window where <c>sliding_window</c> is absent; null: none.</param>
/// <param name="Text">The layers, in words.</param>
/// <param name="Slides">Returns whether a layer has a window, given the configuration; null: all have.</param>
/// <param name="Switched">Whether there are windows with <c>use_sliding_window</c> alone.</param>
internal sealed record WindowRule(int? Absent, string Text, Func<ConfigReader, Func<int, bool>>? Slides = null, bool Switched = false)
{
    /// <summary>The rule of Mistral.</summary>
    public static WindowRule AllLayers(int? absent) => new(absent, "all layers");

    /// <summary>The rule of Qwen2.</summary>
    public static WindowRule FromLayer { get; } = new(4096, "with `use_sliding_window`, from `max_window_layers` on", reader => FromMaxWindowLayers(reader), Switched: true);

    /// <summary>The rule of Gemma 2.</summary>
    public static WindowRule EvenLayers { get; } = new(4096, "layers 0, 2, …", _ => layer => layer % 2 == 0);

    /// <summary>All but each n-th layer, where a key may say n.</summary>
    public static WindowRule AllButEach(int n, string? key) => new(
        4096,
        key is null ? $"all but each {n}th layer" : $"all but each `{key}`-th layer ({n})",
        reader => LayersBetween(key is null ? n : reader.OptionalSize(key, n) ?? n));

    /// <summary>The windows of all layers.</summary>
    public int?[] Read(ConfigReader reader, int layers)
    {
        int? size = reader.OptionalSize("sliding_window", Absent);
        int? window = !Switched || reader.Flag("use_sliding_window", false) ? size : null;
        Func<int, bool>? slides = Slides?.Invoke(reader);
        if (reader.Texts("layer_types") is not { } types)
        {
            return [.. Enumerable.Range(0, layers).Select(layer => slides?.Invoke(layer) != false ? window : null)];
        }

        bool valid = types.Count == layers && types.All(type => type == LayerTypes.Full || (type == LayerTypes.Sliding && window is not null));
        return valid
            ? [.. types.Select(type => type == LayerTypes.Sliding ? window : null)]
            : reader.Fault(
                "layer_types",
                $"\"{LayerTypes.Full}\" or, with {(Switched ? "use_sliding_window and " : "")}sliding_window, \"{LayerTypes.Sliding}\" for each of {layers} layers",
                new int?[layers]);
    }

    /// <summary>Keys about windows in a family without: they may say that there are none.</summary>
    public static void RefuseWindows(ConfigReader reader)
    {
        if (reader.HasValue("use_sliding_window") && !reader.Flag("use_sliding_window", false))
        {
            reader.Ignore("sliding_window");
        }

        if (reader.Texts("layer_types") is { } types && types.Any(type => type != LayerTypes.Full))
        {
            reader.Fault("layer_types", $"\"{LayerTypes.Full}\" for every layer of this family", 0);
        }
    }

    private static Func<int, bool> FromMaxWindowLayers(ConfigReader reader)
    {
        double first = reader.Number("max_window_layers", absent: 28);
        return layer => layer >= first;
    }

    private static Func<int, bool> LayersBetween(int n) => layer => (layer + 1) % n != 0;
}
