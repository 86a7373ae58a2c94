using System.Text.Json.Nodes;

namespace LongAlign.Models.Tests.Decoders;

/// <summary>
/// The families written down plainly in float64, one sequence at a time, one number after another: from Hugging Face's modeling_llama.py,
/// modeling_mistral.py, modeling_qwen2.py, modeling_qwen3.py and modeling_rope_utils.py, and from ChatGLM3's modeling_chatglm.py as
/// LongAlign ships it. Shares nothing with the library but the names of weights.
/// </summary>
internal sealed class ReferenceDecoder(JsonObject config, Func<string, double[]> weight, Func<string, bool> exists)
{
    private readonly bool _isGlm = (string)config["model_type"]! == "chatglm";

    private int Hidden => (int)config["hidden_size"]!;

    private int Heads => (int)config["num_attention_heads"]!;

    private int KeyHeads => (int)config[_isGlm ? "multi_query_group_num" : "num_key_value_heads"]!;

    private int HeadDim => _isGlm ? (int)config["kv_channels"]! : (int?)config["head_dim"] ?? Hidden / Heads;

    /// <summary>Logits of every position, [tokens][vocabulary].</summary>
    public double[][] Logits(int[] ids)
    {
        string embedding = _isGlm ? "transformer.embedding.word_embeddings.weight" : "model.embed_tokens.weight";
        double[][] hidden = [.. ids.Select(id => weight(embedding).AsSpan(id * Hidden, Hidden).ToArray())];
        int layers = (int)config[_isGlm ? "num_layers" : "num_hidden_layers"]!;
        for (int layer = 0; layer < layers; layer++)
        {
            string prefix = _isGlm ? $"transformer.encoder.layers.{layer}." : $"model.layers.{layer}.";
            double[][] attended = Attention(Each(hidden, row => Norm(row, prefix + "input_layernorm")), prefix, layer);
            hidden = Add(hidden, attended);
            hidden = Add(hidden, Each(Each(hidden, row => Norm(row, prefix + "post_attention_layernorm")), row => FeedForward(row, prefix + "mlp.")));
        }

        string head = _isGlm ? "transformer.output_layer" : exists("lm_head.weight") ? "lm_head" : "model.embed_tokens";
        return Each(hidden, row => Linear(Norm(row, _isGlm ? "transformer.encoder.final_layernorm" : "model.norm"), head));
    }

    private double[][] Attention(double[][] input, string prefix, int layer)
    {
        int queryWidth = Heads * HeadDim;
        int keyWidth = KeyHeads * HeadDim;
        int tokens = input.Length;
        double[][] query;
        double[][] key;
        double[][] value;
        if (_isGlm)
        {
            double[][] mixed = Each(input, row => Linear(row, prefix + "self_attention.query_key_value"));
            query = Each(mixed, row => row[..queryWidth]);
            key = Each(mixed, row => row[queryWidth..(queryWidth + keyWidth)]);
            value = Each(mixed, row => row[(queryWidth + keyWidth)..]);
        }
        else
        {
            query = Each(input, row => Linear(row, prefix + "self_attn.q_proj"));
            key = Each(input, row => Linear(row, prefix + "self_attn.k_proj"));
            value = Each(input, row => Linear(row, prefix + "self_attn.v_proj"));
        }

        double[][] result = new double[tokens][];
        for (int i = 0; i < tokens; i++)
        {
            result[i] = new double[queryWidth];
            for (int h = 0; h < Heads; h++)
            {
                int keyHead = h / (Heads / KeyHeads);
                double[] turnedQuery = Head(query[i], h, prefix + "self_attn.q_norm", i);
                int first = WindowOf(layer) is { } window ? Math.Max(0, i - window + 1) : 0; // kv_idx > q_idx - sliding_window
                double[] scores = [.. Enumerable.Range(first, i + 1 - first).Select(j =>
                    Dot(turnedQuery, Head(key[j], keyHead, prefix + "self_attn.k_norm", j)) / Math.Sqrt(HeadDim))];
                double largest = scores.Max();
                double[] exponentials = [.. scores.Select(score => Math.Exp(score - largest))];
                for (int j = first; j <= i; j++)
                {
                    for (int d = 0; d < HeadDim; d++)
                    {
                        result[i][(h * HeadDim) + d] += exponentials[j - first] / exponentials.Sum() * value[j][(keyHead * HeadDim) + d];
                    }
                }
            }
        }

        return Each(result, row => Linear(row, prefix + (_isGlm ? "self_attention.dense" : "self_attn.o_proj")));
    }

    /// <summary>One head of a token, normed if the family does, turned by its position.</summary>
    private double[] Head(double[] heads, int index, string norm, int position)
    {
        double[] head = heads[(index * HeadDim)..((index + 1) * HeadDim)];
        if (exists(norm + ".weight"))
        {
            head = Norm(head, norm);
        }

        return _isGlm ? TurnPairs(head, position) : TurnHalves(head, position);
    }

    /// <summary>apply_rotary_pos_emb of ChatGLM: the first half of the head, in neighbouring pairs; base 10000 * rope_ratio.</summary>
    private double[] TurnPairs(double[] head, int position)
    {
        int width = HeadDim / 2;
        double[] turned = [.. head];
        for (int pair = 0; pair < width / 2; pair++)
        {
            double angle = position / Math.Pow(10_000 * ((double?)config["rope_ratio"] ?? 1), 2.0 * pair / width);
            (double a, double b) = (head[2 * pair], head[(2 * pair) + 1]);
            turned[2 * pair] = (a * Math.Cos(angle)) - (b * Math.Sin(angle));
            turned[(2 * pair) + 1] = (b * Math.Cos(angle)) + (a * Math.Sin(angle));
        }

        return turned;
    }

    /// <summary>q * cos + rotate_half(q) * sin.</summary>
    private double[] TurnHalves(double[] head, int position)
    {
        double[] frequencies = Frequencies(HeadDim, (double?)config["rope_theta"] ?? 10_000, config["rope_scaling"]);
        return [.. Enumerable.Range(0, HeadDim).Select(d =>
        {
            double angle = position * frequencies[d % (HeadDim / 2)];
            double rotatedHalf = d < HeadDim / 2 ? -head[d + (HeadDim / 2)] : head[d - (HeadDim / 2)];
            return (head[d] * Math.Cos(angle)) + (rotatedHalf * Math.Sin(angle));
        })];
    }

    /// <summary>inv_freq of modeling_rope_utils.py: default, linear and llama3, by wavelengths as there.</summary>
    public static double[] Frequencies(int width, double theta, JsonNode? scaling)
        => [.. Enumerable.Range(0, width / 2).Select(i => Scale(1 / Math.Pow(theta, 2.0 * i / width), scaling))];

    private static double Scale(double frequency, JsonNode? scaling)
    {
        if (scaling is null)
        {
            return frequency;
        }

        double factor = (double)scaling["factor"]!;
        if ((string?)(scaling["rope_type"] ?? scaling["type"]) == "linear")
        {
            return frequency / factor;
        }

        double low = (double)scaling["low_freq_factor"]!;
        double high = (double)scaling["high_freq_factor"]!;
        double context = (double)scaling["original_max_position_embeddings"]!;
        double wavelength = 2 * Math.PI / frequency;
        if (wavelength < context / high)
        {
            return frequency;
        }

        if (wavelength > context / low)
        {
            return frequency / factor;
        }

        double smooth = ((context / wavelength) - low) / (high - low);
        return ((1 - smooth) * frequency / factor) + (smooth * frequency);
    }

    private int? WindowOf(int layer) => (string)config["model_type"]! switch
    {
        "mistral" => (int?)config["sliding_window"],
        "qwen2" or "qwen3" when (bool?)config["use_sliding_window"] == true && layer >= (int)config["max_window_layers"]! => (int)config["sliding_window"]!,
        _ => null,
    };

    private double[] FeedForward(double[] input, string prefix)
    {
        double[] gate;
        double[] up;
        if (_isGlm)
        {
            double[] both = Linear(input, prefix + "dense_h_to_4h");
            (gate, up) = (both[..(both.Length / 2)], both[(both.Length / 2)..]);
        }
        else
        {
            (gate, up) = (Linear(input, prefix + "gate_proj"), Linear(input, prefix + "up_proj"));
        }

        return Linear([.. gate.Select((x, i) => x / (1 + Math.Exp(-x)) * up[i])], prefix + (_isGlm ? "dense_4h_to_h" : "down_proj"));
    }

    private double[] Norm(double[] input, string name)
    {
        double epsilon = (double?)config[_isGlm ? "layernorm_epsilon" : "rms_norm_eps"] ?? 1e-6;
        double scale = 1 / Math.Sqrt(input.Average(x => x * x) + epsilon);
        double[] factors = weight(name + ".weight");
        return [.. input.Select((x, i) => factors[i] * x * scale)];
    }

    private double[] Linear(double[] input, string name)
    {
        double[] matrix = weight(name + ".weight");
        double[]? bias = exists(name + ".bias") ? weight(name + ".bias") : null;
        return [.. Enumerable.Range(0, matrix.Length / input.Length).Select(o => Dot(matrix.AsSpan(o * input.Length, input.Length), input) + (bias?[o] ?? 0))];
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    private static double[][] Each(double[][] rows, Func<double[], double[]> function) => [.. rows.Select(function)];

    private static double[][] Add(double[][] a, double[][] b) => [.. a.Zip(b, (x, y) => x.Zip(y, (u, v) => u + v).ToArray())];
}
