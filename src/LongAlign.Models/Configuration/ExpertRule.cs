using LongAlign.Models.Decoders;

namespace LongAlign.Models.Configuration;

/// <summary>The rule by which a family's configuration describes its experts.</summary>
/// <param name="Count">Their number where no key gives it.</param>
/// <param name="PerToken">The number that a token uses where no key gives it.</param>
/// <param name="WidthKey">The key of the width inside an expert.</param>
/// <param name="AlwaysNormalized">Whether weights of a token's experts always sum to 1; else <c>norm_topk_prob</c> decides.</param>
/// <param name="HasShared">Whether there is an expert that every token uses.</param>
/// <param name="MaySkipLayers">Whether keys may leave layers without experts.</param>
internal sealed record ExpertRule(int Count, int PerToken, string WidthKey, bool AlwaysNormalized, bool HasShared, bool MaySkipLayers)
{
    public DecoderDescription Complete(ConfigReader reader, DecoderDescription decoder)
    {
        int local = reader.OptionalSize("num_local_experts", Count, most: 1 << 16) ?? Count;
        int count = reader.OptionalSize("num_experts", local, most: 1 << 16) ?? local;
        if (reader.HasValue("num_experts") && reader.HasValue("num_local_experts") && local != count)
        {
            reader.Fault("num_local_experts", $"num_experts, {count}", 0);
        }

        int perToken = reader.OptionalSize("num_experts_per_tok", PerToken, most: 1 << 16) ?? PerToken;
        if (perToken > count)
        {
            reader.Fault("num_experts_per_tok", $"at most the number of experts, {count}", 0);
        }

        reader.Expect("router_jitter_noise", "0");
        ExpertDescription experts = new(
            count,
            perToken,
            reader.Size(WidthKey),
            AlwaysNormalized || reader.Flag("norm_topk_prob", false),
            HasShared ? reader.Size("shared_expert_intermediate_size") : null);
        return decoder with { Experts = experts, HasExperts = MaySkipLayers ? ReadLayers(reader) : _ => true };
    }

    private static Func<int, bool> ReadLayers(ConfigReader reader)
    {
        HashSet<int> dense = [.. reader.WholeNumbers("mlp_only_layers") ?? []];
        int step = reader.OptionalSize("decoder_sparse_step", absent: 1) ?? 1;
        return layer => !dense.Contains(layer) && (layer + 1) % step == 0;
    }
}
