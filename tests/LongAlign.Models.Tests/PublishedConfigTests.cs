using static TorchSharp.torch;

namespace LongAlign.Models.Tests;

/// <summary>Configurations as they were published: each is read, and makes as many parameters as its checkpoint has.</summary>
public sealed class PublishedConfigTests
{
    public static TheoryData<string, long> Models => new()
    {
        {
            """
            {
              "_name_or_path": "meta-llama/Llama-2-7b-hf", "architectures": ["LlamaForCausalLM"], "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu",
              "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 11008, "max_position_embeddings": 4096, "model_type": "llama",
              "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 32, "pretraining_tp": 1, "rms_norm_eps": 1e-05, "rope_scaling": null,
              "tie_word_embeddings": false, "torch_dtype": "float16", "transformers_version": "4.31.0.dev0", "use_cache": true, "vocab_size": 32000
            }
            """,
            6_738_415_616
        },
        {
            """
            {
              "architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 128000, "eos_token_id": 128001,
              "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 14336, "max_position_embeddings": 131072,
              "mlp_bias": false, "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8, "pretraining_tp": 1,
              "rms_norm_eps": 1e-05, "rope_scaling": { "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
              "original_max_position_embeddings": 8192, "rope_type": "llama3" }, "rope_theta": 500000.0, "tie_word_embeddings": false,
              "torch_dtype": "bfloat16", "transformers_version": "4.43.0.dev0", "use_cache": true, "vocab_size": 128256
            }
            """,
            8_030_261_248
        },
        {
            """
            {
              "architectures": ["MistralForCausalLM"], "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 4096,
              "initializer_range": 0.02, "intermediate_size": 14336, "max_position_embeddings": 32768, "model_type": "mistral", "num_attention_heads": 32,
              "num_hidden_layers": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "sliding_window": 4096,
              "tie_word_embeddings": false, "torch_dtype": "bfloat16", "transformers_version": "4.34.0.dev0", "use_cache": true, "vocab_size": 32000
            }
            """,
            7_241_732_096
        },
        {
            """
            {
              "architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 151643, "eos_token_id": 151643, "hidden_act": "silu",
              "hidden_size": 3584, "initializer_range": 0.02, "intermediate_size": 18944, "max_position_embeddings": 131072, "max_window_layers": 28,
              "model_type": "qwen2", "num_attention_heads": 28, "num_hidden_layers": 28, "num_key_value_heads": 4, "rms_norm_eps": 1e-06,
              "rope_theta": 1000000.0, "sliding_window": 131072, "tie_word_embeddings": false, "torch_dtype": "bfloat16",
              "transformers_version": "4.37.2", "use_cache": true, "use_sliding_window": false, "vocab_size": 152064
            }
            """,
            7_615_616_512
        },
        {
            """
            {
              "architectures": ["Qwen3ForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 151643, "eos_token_id": 151645,
              "head_dim": 128, "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 12288,
              "max_position_embeddings": 40960, "max_window_layers": 36, "model_type": "qwen3", "num_attention_heads": 32, "num_hidden_layers": 36,
              "num_key_value_heads": 8, "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 1000000, "sliding_window": null,
              "tie_word_embeddings": false, "torch_dtype": "bfloat16", "transformers_version": "4.51.0", "use_cache": true,
              "use_sliding_window": false, "vocab_size": 151936
            }
            """,
            8_190_735_360
        },
        {
            """
            {
              "_name_or_path": "THUDM/chatglm3-6b", "model_type": "chatglm", "architectures": ["ChatGLMModel"],
              "auto_map": { "AutoConfig": "configuration_chatglm.ChatGLMConfig" }, "add_bias_linear": false, "add_qkv_bias": true,
              "apply_query_key_layer_scaling": true, "apply_residual_connection_post_layernorm": false, "attention_dropout": 0.0,
              "attention_softmax_in_fp32": true, "bias_dropout_fusion": true, "ffn_hidden_size": 13696, "fp32_residual_connection": false,
              "hidden_dropout": 0.0, "hidden_size": 4096, "kv_channels": 128, "layernorm_epsilon": 1e-05, "multi_query_attention": true,
              "multi_query_group_num": 2, "num_attention_heads": 32, "num_layers": 28, "original_rope": true, "padded_vocab_size": 65024,
              "post_layer_norm": true, "rmsnorm": true, "seq_length": 8192, "use_cache": true, "torch_dtype": "float16",
              "transformers_version": "4.30.2", "tie_word_embeddings": false, "eos_token_id": 2, "pad_token_id": 0
            }
            """,
            6_243_584_000
        },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void A_published_configuration_makes_the_parameters_of_its_checkpoint(string json, long parameters)
    {
        using CausalLanguageModel model = new(ModelConfig.Parse(json), ScalarType.BFloat16, META); // shapes without memory
        Assert.Equal(parameters, model.parameters().Sum(parameter => parameter.numel()));
    }
}
