using LongAlign.Batching;
using LongAlign.Training;

namespace LongAlign.Models.Tests;

public sealed class ModelCostTests
{
    [Fact]
    public void A_model_knows_what_a_sequence_costs_it()
    {
        ModelConfig config = ModelConfig.Parse("""
            { "model_type": "qwen3", "vocab_size": 50, "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 3, "num_attention_heads": 4,
              "num_key_value_heads": 2, "head_dim": 8, "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "tie_word_embeddings": true }
            """);
        using CausalLanguageModel model = CausalLanguageModel.Create(config, seed: 1);
        AttentionCostModel cost = ((ICausalLanguageModel)model).Cost!;

        // Two FLOPs for each weight of a linear map and token, scores and values of half a square; backward is twice forward.
        long weights = model.named_parameters().Where(parameter => parameter.parameter.dim() == 2).Sum(parameter => parameter.parameter.numel());
        Assert.Equal(6.0 * weights, cost.PerToken); // the tied embedding is the head
        Assert.Equal(6.0 * 3 * 4 * 8, cost.PerSquaredToken);
        Assert.Equal(0, cost.PerMicroBatch);
    }
}
