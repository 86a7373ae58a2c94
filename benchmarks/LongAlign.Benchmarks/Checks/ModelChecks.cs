using System.Text.Json.Nodes;
using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Models;
using LongAlign.Sequences;
using LongAlign.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Benchmarks.Checks;

/// <summary>A training step of each family against one of a Llama of the same size; of experts, of the size that a token uses.</summary>
internal static class ModelChecks
{
    private const int Vocabulary = 2_000;

    /// <summary>The keys that each family has beside the common sizes.</summary>
    private static readonly (string Family, string Keys)[] Families =
    [
        ("mistral", """ "sliding_window": 128 """),
        ("ministral", """ "sliding_window": 128, "layer_types": ["sliding_attention", "full_attention"] """),
        ("qwen2", ""),
        ("qwen3", """ "head_dim": 32 """),
        ("phi3", """ "sliding_window": 2048 """),
        ("smollm3", """ "tie_word_embeddings": false """),
        ("gemma2", """ "head_dim": 32, "sliding_window": 128, "query_pre_attn_scalar": 32, "tie_word_embeddings": false """),
        ("gemma3_text", """ "head_dim": 32, "sliding_window": 128, "query_pre_attn_scalar": 32, "tie_word_embeddings": false """),
        ("olmo2", ""),
        ("olmo3", """ "sliding_window": 128, "layer_types": ["sliding_attention", "full_attention"] """),
        ("glm", """ "head_dim": 32 """),
        ("glm4", """ "head_dim": 32 """),
        ("granite", """ "attention_multiplier": 0.1 """),
        ("starcoder2", """ "intermediate_size": 1056, "tie_word_embeddings": false """), // two matrices for three
        ("mixtral", """ "num_local_experts": 8, "num_experts_per_tok": 2, "intermediate_size": 352 """),
        ("qwen2_moe", """ "num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 264, "shared_expert_intermediate_size": 176 """),
        ("qwen3_moe", """ "num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 352, "head_dim": 32, "norm_topk_prob": true """),
    ];

    public static IEnumerable<Figure> Run()
    {
        using Trained llama = new("llama", "");
        foreach ((string family, string keys) in Families)
        {
            using Trained other = new(family, keys);
            (double llamaTime, double time) = Stopwatches.Best(llama.Step, other.Step, runs: 4);
            yield return new Figure($"Training step of {family}, {Trained.Tokens / time:0} tokens/s, against Llama", llamaTime / time, "x", AtLeast: 0.7);
        }
    }

    private sealed class Trained : IDisposable
    {
        public const int Tokens = 1_024;

        private static readonly InMemoryDataset Dataset = Workloads.Dataset([512, 256, 256], 0.5, Vocabulary);

        private readonly CausalLanguageModel _model;
        private readonly FusedAdamW _optimizer;
        private readonly PackedBatch _batch;

        public Trained(string family, string keys)
        {
            JsonObject config = JsonNode.Parse($$"""
                {
                  "model_type": "{{family}}", "vocab_size": {{Vocabulary}}, "hidden_size": 256, "intermediate_size": 704, "num_hidden_layers": 2,
                  "num_attention_heads": 8, "num_key_value_heads": 4, "max_position_embeddings": 2048
                }
                """)!.AsObject();
            foreach ((string key, JsonNode? value) in JsonNode.Parse($"{{{keys}}}")!.AsObject())
            {
                config[key] = value?.DeepClone();
            }

            _model = CausalLanguageModel.Create(ModelConfig.Parse(config.ToJsonString()), seed: 1);
            _optimizer = new FusedAdamW(_model.parameters());
            _batch = new PackedBatchCollator(Dataset).Collate(new MicroBatch(new[] { 0, 1, 2 }, LengthLimit.None));
        }

        public void Step()
        {
            using DisposeScope scope = NewDisposeScope();
            ModelLoss.Of(_model, _batch, BatchTargets.Of(_batch, LossReduction.SequenceMean)).Loss.backward();
            _optimizer.Step(1e-4);
            _optimizer.ZeroGradients();
        }

        public void Dispose()
        {
            _batch.Dispose();
            _optimizer.Dispose();
            _model.Dispose();
        }
    }
}
