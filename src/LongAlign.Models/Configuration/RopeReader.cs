using LongAlign.Models.Decoders;

namespace LongAlign.Models.Configuration;

/// <summary>
/// The rotary embedding of Hugging Face's configurations: <c>rope_theta</c> and <c>rope_scaling</c>, or <c>rope_parameters</c> from version
/// 5 of the library on, in some families one block for each type of layer (<c>modeling_rope_utils.py</c>).
/// </summary>
internal sealed class RopeReader(ConfigReader reader, HuggingFaceFamily family, int headDim, int maxPositions)
{
    public const string Parameters = "rope_parameters";

    /// <summary>Positions that a scaling makes room for; 0: none says so.</summary>
    private int _room;

    private QueryScaling? _queries;

    /// <summary>The rotary embedding of layers that see the whole sequence, that of layers with a window, and the most positions.</summary>
    public (RopeDescription Full, RopeDescription Windowed, QueryScaling? Queries, int MaxPositions) Read()
    {
        double theta = reader.Number("rope_theta", absent: family.Theta, aboveLeast: true);
        reader.Ignore("original_max_position_embeddings"); // read where a scaling needs it
        ConfigReader? older = reader.Section("rope_scaling");
        ConfigReader? newer = reader.Section(Parameters);
        if (older is not null && newer is not null)
        {
            reader.Fault("rope_scaling", $"nothing beside {Parameters}", 0);
        }

        ConfigReader? block = newer ?? older;
        ConfigReader? full = block?.Section(LayerTypes.Full);
        ConfigReader? windowed = block?.Section(LayerTypes.Sliding);
        double localTheta = family.LocalTheta is { } local ? reader.Number("rope_local_base_freq", absent: local, aboveLeast: true) : theta;
        if (full is not null || windowed is not null)
        {
            block!.RefuseOthers();
            return (ReadBlock(full, theta), ReadBlock(windowed, localTheta), null, Math.Max(maxPositions, _room));
        }

        RopeDescription one = ReadBlock(block, theta);
        RopeDescription plain = one with { Theta = family.LocalTheta is null ? one.Theta : localTheta, Scaling = null };
        return (one, family.ScalesFullLayersAlone ? plain : one, _queries, Math.Max(maxPositions, _room));
    }

    private RopeDescription ReadBlock(ConfigReader? block, double theta)
    {
        double share = reader.Number("partial_rotary_factor", absent: family.RotaryShare ?? 1, aboveLeast: true);
        if (block is not null)
        {
            double inside = block.Number("rope_theta", theta, aboveLeast: true);
            if (inside != theta && reader.HasValue("rope_theta") && reader.HasValue("rope_scaling"))
            {
                block.Fault("rope_theta", $"the rope_theta beside it, {theta:R}", 0);
            }

            theta = inside;
            share = block.Number("partial_rotary_factor", share, aboveLeast: true);
        }

        if (share != 1 && (family.RotaryShare is null || share > 1))
        {
            (block?.HasValue("partial_rotary_factor") == true ? block : reader).Fault("partial_rotary_factor", family.RotaryShare is null ? "1 for this family" : "a number above 0 and at most 1", 0);
            share = 1;
        }

        int width = (int)(headDim * share);
        if (width < 2 || width % 2 != 0)
        {
            reader.Fault("head_dim", $"a number of which an even number turns; {headDim} x {share:R} is {headDim * share:R}", 0);
            width = 2;
        }

        return new RopeDescription(theta, width, family.InterleavedRope, block is null ? null : ReadScaling(block, width));
    }

    private RopeScaling? ReadScaling(ConfigReader block, int width)
    {
        string? oldName = block.Text("type");
        string? name = block.Text("rope_type");
        string type = Usual(name ?? oldName ?? "default");
        if (name is not null && oldName is not null && Usual(oldName) != type)
        {
            block.Fault("type", $"the rope_type beside it, {type}", 0);
        }

        // Notes, and a number that the other scalings need.
        block.Ignore("finetuned", "max_position_embeddings", "original_max_position_embeddings");
        if (family.ScalesQueries && block.HasValue("llama_4_scaling_beta"))
        {
            _queries = new QueryScaling(block.Number("llama_4_scaling_beta", absent: null), block.Size("original_max_position_embeddings"));
        }

        RopeScaling? scaling;
        switch (type)
        {
            case "default":
                scaling = null;
                break;
            case "linear":
                scaling = new LinearScaling(ReadFactor(block));
                break;
            case "llama3":
                scaling = ReadBands(block);
                break;
            case "dynamic":
                scaling = ReadDynamic(block, width);
                break;
            case "yarn":
                scaling = ReadYarn(block);
                break;
            case "longrope":
                scaling = ReadLongRope(block, width);
                break;
            default: // its other keys mean nothing without it
                return block.Fault<RopeScaling?>(name is null ? "type" : "rope_type", "default, linear, dynamic, yarn, longrope or llama3", null);
        }

        block.RefuseOthers();
        return scaling;
    }

    private static string Usual(string name) => name == "su" ? "longrope" : name;

    private static double ReadFactor(ConfigReader block) => block.Number("factor", absent: null, least: 1);

    private static BandScaling ReadBands(ConfigReader block)
    {
        double low = block.Number("low_freq_factor", absent: null, aboveLeast: true);
        double high = block.Number("high_freq_factor", absent: null, aboveLeast: true);
        if (low >= high && block.Faults.Count == 0)
        {
            block.Fault("low_freq_factor", $"less than high_freq_factor, {high:R}", 0);
        }

        return new BandScaling(ReadFactor(block), low, high, block.Size("original_max_position_embeddings"));
    }

    private DynamicScaling ReadDynamic(ConfigReader block, int width)
    {
        if (width < 4)
        {
            block.Fault("rope_type", "another type than dynamic where 2 dimensions turn", 0);
        }

        DynamicScaling scaling = new(ReadFactor(block), maxPositions);
        MakeRoom(maxPositions, scaling.Factor);
        return scaling;
    }

    private YarnScaling ReadYarn(ConfigReader block)
    {
        int original = block.OptionalSize("original_max_position_embeddings", absent: null) ?? maxPositions;
        double factor = block.Number("factor", absent: (double)maxPositions / original, aboveLeast: true);
        double scale = block.Number("mscale", absent: 0);
        double scaleOfAll = block.Number("mscale_all_dim", absent: 0);
        double attention = scale != 0 && scaleOfAll != 0
            ? YarnScaling.AttentionOf(factor, scale) / YarnScaling.AttentionOf(factor, scaleOfAll)
            : YarnScaling.AttentionOf(factor, 1);
        MakeRoom(original, factor);
        return new YarnScaling(
            factor,
            block.Number("attention_factor", attention, aboveLeast: true),
            block.Number("beta_fast", absent: 32, aboveLeast: true),
            block.Number("beta_slow", absent: 1, aboveLeast: true),
            block.Flag("truncate", true),
            original);
    }

    private LongRopeScaling ReadLongRope(ConfigReader block, int width)
    {
        int original = block.OptionalSize("original_max_position_embeddings", absent: null)
            ?? reader.OptionalSize("original_max_position_embeddings", absent: null)
            ?? maxPositions;
        double factor = block.Number("factor", absent: (double)maxPositions / original, aboveLeast: true);
        double attention = factor <= 1 || original == 1 ? 1 : Math.Sqrt(1 + (Math.Log(factor) / Math.Log(original)));
        return new LongRopeScaling(Divisors("short_factor"), Divisors("long_factor"), block.Number("attention_factor", attention, aboveLeast: true), original);

        double[] Divisors(string key)
            => block.HasValue(key) ? block.Numbers(key, width / 2, above: 0) ?? [] : block.Fault<double[]>(key, $"a list of {width / 2} numbers above 0", []);
    }

    private void MakeRoom(int positions, double factor)
        => _room = (int)Math.Max(_room, Math.Min(ConfigReader.MaxSize, Math.Floor(positions * factor)));
}
