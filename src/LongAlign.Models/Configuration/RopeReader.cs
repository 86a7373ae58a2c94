using LongAlign.Models.Decoders;

namespace LongAlign.Models.Configuration;

/// <summary>
/// The rotary embedding of Hugging Face's configurations: <c>rope_theta</c> and <c>rope_scaling</c>, or <c>rope_parameters</c> from version
/// 5 of the library on (<c>modeling_rope_utils.py</c>).
/// </summary>
internal static class RopeReader
{
    public const string Parameters = "rope_parameters";

    public static RopeDescription Read(ConfigReader reader, int headDim)
    {
        double theta = reader.Number("rope_theta", absent: 10_000, aboveLeast: true);
        ConfigReader? older = reader.Section("rope_scaling");
        ConfigReader? newer = reader.Section(Parameters);
        if (older is not null && newer is not null)
        {
            reader.Fault("rope_scaling", $"nothing beside {Parameters}", 0);
        }

        theta = newer?.Number("rope_theta", theta, aboveLeast: true) ?? theta;
        return new RopeDescription(theta, headDim, Scaling: (newer ?? older) is { } section ? ReadScaling(section) : null);
    }

    private static RopeScaling? ReadScaling(ConfigReader section)
    {
        string? oldName = section.Text("type");
        string type = section.Text("rope_type") ?? oldName ?? "default";
        RopeScaling? scaling = type switch
        {
            "default" => null,
            "linear" => new RopeScaling(ReadFactor(section)),
            "llama3" => new RopeScaling(ReadFactor(section), ReadBands(section)),
            _ => section.Fault<RopeScaling?>(section.Contains("rope_type") ? "rope_type" : "type", "default, linear or llama3", null),
        };
        section.Expect("partial_rotary_factor", "1");
        section.RefuseOthers();
        return scaling;
    }

    private static double ReadFactor(ConfigReader section) => section.Number("factor", absent: null, least: 1);

    private static RopeBands ReadBands(ConfigReader section)
    {
        double low = section.Number("low_freq_factor", absent: null, aboveLeast: true);
        double high = section.Number("high_freq_factor", absent: null, aboveLeast: true);
        if (low >= high && section.Faults.Count == 0)
        {
            section.Fault("low_freq_factor", $"less than high_freq_factor, {high:R}", 0);
        }

        return new RopeBands(low, high, section.Size("original_max_position_embeddings"));
    }
}
