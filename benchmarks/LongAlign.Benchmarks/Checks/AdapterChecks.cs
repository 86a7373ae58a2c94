using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Models;
using LongAlign.Models.Adapters;
using LongAlign.Sequences;
using LongAlign.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Benchmarks.Checks;

/// <summary>A training step of adapters against one of the whole model.</summary>
internal static class AdapterChecks
{
    private static readonly ModelConfig Config = ModelConfig.Parse("""
        {
          "model_type": "llama", "vocab_size": 8000, "hidden_size": 512, "intermediate_size": 1408, "num_hidden_layers": 8,
          "num_attention_heads": 8, "max_position_embeddings": 1024
        }
        """);

    public static IEnumerable<Figure> Run()
    {
        using Trained whole = new(adapter: null);
        using Trained adapted = new(new LoraOptions { Rank = 16, Alpha = 32 });
        (double wholeTime, double adaptedTime) = Stopwatches.Best(whole.Step, adapted.Step, runs: 5);
        yield return new Figure("Gradients and moments of the whole model (34M parameters, float32)", whole.TrainingBytes / 1e6, "MB");
        yield return new Figure("Gradients and moments of its adapters, rank 16, every linear map", adapted.TrainingBytes / 1e6, "MB");
        yield return new Figure("Gradients and moments of adapters against the whole model's", (double)adapted.TrainingBytes / whole.TrainingBytes, "x", AtMost: 0.05);
        yield return new Figure("Training step of 1,024 tokens, adapters against the whole model", adaptedTime / wholeTime, "x", AtMost: 1);
    }

    private sealed class Trained : IDisposable
    {
        private readonly CausalLanguageModel _model = CausalLanguageModel.Create(Config, seed: 1);
        private readonly WeightedPackingLoss _loss = new();
        private readonly FusedAdamW _optimizer;
        private readonly PackedBatch _batch;

        public Trained(LoraOptions? adapter)
        {
            _ = adapter is null ? null : _model.AddLora(adapter);
            _optimizer = new FusedAdamW(_model.parameters(), new AdamWOptions { LearningRate = 1e-4 });
            InMemoryDataset dataset = Workloads.Dataset([512, 256, 256], 0.5, Config.VocabularySize);
            _batch = new PackedBatchCollator(dataset).Collate(new MicroBatch(new[] { 0, 1, 2 }, LengthLimit.None));
        }

        /// <summary>The gradients there are, and two float32 moments for each of their numbers.</summary>
        public long TrainingBytes => _model.parameters().Select(parameter => parameter.grad).OfType<Tensor>().Sum(gradient => gradient.numel() * (gradient.element_size() + 8));

        public void Step()
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor hidden = _model.GetHiddenStates(_batch.InputIds, _batch.PositionIds, _batch.Layout);
            _loss.forward(hidden, _model.OutputWeight!, _batch).backward();
            _optimizer.Step(1e-4);
            _optimizer.ZeroGradients();
        }

        public void Dispose()
        {
            _batch.Dispose();
            _optimizer.Dispose();
            _loss.Dispose();
            _model.Dispose();
        }
    }
}
