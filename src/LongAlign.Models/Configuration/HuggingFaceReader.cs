using LongAlign.Models.Decoders;

namespace LongAlign.Models.Configuration;

/// <summary>Reads the configuration of a family of Hugging Face's library.</summary>
internal sealed class HuggingFaceReader(HuggingFaceFamily family, ConfigReader reader)
{
    private const int MaxCount = 1 << 16;

    public static DecoderDescription Read(HuggingFaceFamily family, ConfigReader reader) => new HuggingFaceReader(family, reader).Read();

    private DecoderDescription Read()
    {
        int hidden = reader.Size("hidden_size");
        int layers = reader.Size("num_hidden_layers", most: MaxCount);
        int heads = ReadSize("num_attention_heads", family.HeadCount, MaxCount);
        int keyHeads = reader.OptionalSize("num_key_value_heads", family.KeyValueHeads, MaxCount) ?? heads;
        int headDim = ReadHeadDim(hidden, heads, keyHeads);
        int maxPositions = reader.OptionalSize("max_position_embeddings", family.MaxPositions) ?? family.MaxPositions;
        int?[] windows = ReadWindows(layers);
        (RopeDescription rope, RopeDescription windowed, QueryScaling? queries, int positions) = new RopeReader(reader, family, headDim, maxPositions).Read();
        if (family.ScalesQueries && !reader.HasValue(RopeReader.Parameters) && !reader.HasValue("rope_scaling"))
        {
            reader.Fault(RopeReader.Parameters, "an object", 0);
        }

        RefuseOtherArchitectures();
        DecoderDescription decoder = new()
        {
            VocabularySize = ReadSize("vocab_size", family.VocabularySize),
            HiddenSize = hidden,
            IntermediateSize = reader.Size("intermediate_size"),
            LayerCount = layers,
            HeadCount = heads,
            KeyValueHeadCount = keyHeads,
            HeadDim = headDim,
            MaxPositions = positions,
            NormEpsilon = reader.Number(family.EpsilonKey, family.NormEpsilon),
            NormKind = family.NormKind,
            Names = family.Names,
            Rope = rope,
            Ropes = ReadRopes(windows, rope, windowed),
            QueryScaling = queries,
            Windows = windows,
            AttentionInputBias = family.QueryBias.Read(reader),
            AttentionOutputBias = family.OutputBias.Read(reader),
            FeedForwardBias = family.FeedForwardBias.Read(reader),
            QueryKeyNorm = family.QueryKeyNorm,
            Activation = ReadActivation(),
            Gated = family.Gated,
            TiedHead = reader.Flag("tie_word_embeddings", family.Tied),
            InitializerRange = reader.Number("initializer_range", family.InitializerRange),
            StopTokenIds = reader.TokenIds("eos_token_id", family.StopTokenIds),
        };
        decoder = ReadScales(decoder);
        return family.Experts?.Complete(reader, decoder) ?? decoder;
    }

    private int ReadSize(string key, int? absent, int most = ConfigReader.MaxSize)
        => absent is { } size ? reader.OptionalSize(key, size, most) ?? size : reader.Size(key, most);

    private int ReadHeadDim(int hidden, int heads, int keyHeads)
    {
        int? width = reader.OptionalSize("head_dim", family.HeadDim, MaxCount);
        if (width is null && hidden % heads != 0)
        {
            reader.Fault("hidden_size", $"a multiple of num_attention_heads, {heads}", 0);
        }

        int headDim = width ?? hidden / heads;
        if (headDim < 2 || headDim % 2 != 0)
        {
            reader.Fault("head_dim", $"an even number for the rotary embedding; hidden_size / num_attention_heads is {hidden / heads}", 0);
            headDim = 2;
        }

        if (heads % keyHeads != 0)
        {
            reader.Fault("num_key_value_heads", $"a divisor of num_attention_heads, {heads}", 0);
        }

        return headDim;
    }

    private int?[] ReadWindows(int layers)
    {
        if (family.Windows is { } rule)
        {
            return rule.Read(reader, layers);
        }

        WindowRule.RefuseWindows(reader);
        return new int?[layers];
    }

    private RopeDescription?[] ReadRopes(int?[] windows, RopeDescription full, RopeDescription windowed)
    {
        if (family.SkipsRope)
        {
            NoRope.Check(reader, windows.Length);
        }

        Func<int, bool>? without = family.SkipsRope ? NoRope.LayersWithout(reader) : null;
        return [.. Enumerable.Range(0, windows.Length).Select(layer => without?.Invoke(layer) == true ? null : windows[layer] is null ? full : windowed)];
    }

    private Activation ReadActivation()
    {
        if (family.ActivationKey != "hidden_act")
        {
            reader.Expect("hidden_act", "\"gelu_pytorch_tanh\"", "\"gelu\""); // what the family's first configurations say; it does not count
        }

        reader.Expect(family.ActivationKey, "\"silu\"", "\"swish\"", "\"gelu_pytorch_tanh\"");
        return reader.HasText(family.ActivationKey) switch
        {
            "silu" or "swish" => Activation.Silu,
            "gelu_pytorch_tanh" => Activation.GeluTanh,
            _ => family.Activation,
        };
    }

    private DecoderDescription ReadScales(DecoderDescription decoder)
    {
        if (family.GemmaScales)
        {
            reader.Expect("use_bidirectional_attention", "false");
            return decoder with
            {
                EmbeddingScale = Math.Sqrt(decoder.HiddenSize),
                AttentionScale = 1 / Math.Sqrt(reader.Number("query_pre_attn_scalar", absent: 256, aboveLeast: true)),
                AttentionSoftCap = reader.OptionalNumber("attn_logit_softcapping", family.SoftCaps.Attention),
                LogitSoftCap = reader.OptionalNumber("final_logit_softcapping", family.SoftCaps.Logits),
            };
        }

        return !family.GraniteScales ? decoder : decoder with
        {
            EmbeddingScale = reader.Number("embedding_multiplier", absent: 1),
            AttentionScale = reader.Number("attention_multiplier", absent: 1),
            ResidualScale = reader.Number("residual_multiplier", absent: 1),
            OutputScale = 1 / reader.Number("logits_scaling", absent: 1, aboveLeast: true),
        };
    }

    private void RefuseOtherArchitectures()
    {
        if (family.PassesOverDropout)
        {
            reader.Ignore("attention_dropout", "embedding_dropout", "residual_dropout");
        }

        else
        {
            reader.Expect("attention_dropout", "0");
        }

        reader.Expect("is_encoder_decoder", "false");
        reader.Expect("add_cross_attention", "false");
        reader.Expect("pruned_heads", "{}");
    }
}
