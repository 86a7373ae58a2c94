using System.Text.Json;
using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Sequences;
using LongAlign.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests.Training;

/// <summary>The steps of the reference's training run, made by the trainer.</summary>
[Trait("Category", "Golden")]
public sealed class TrajectoryGoldenTests
{
    [Fact]
    public async Task The_trainer_follows_the_reference_step_by_step()
    {
        JsonElement golden = Golden.ReadJson("trajectory", "trajectory.json");
        int steps = golden.GetProperty("steps").GetInt32();
        double baseRate = golden.GetProperty("base_lr").GetDouble();
        double[] betas = Golden.Numbers(golden.GetProperty("betas"));
        (InMemoryDataset dataset, Replay sampler) = ReadBatches(golden, steps);

        using CausalLanguageModel model = CausalLanguageModel.FromPretrained(Golden.PathOf(golden.GetProperty("initial_weights").GetString()!.Split('/')));
        Recorder progress = new();
        LongAlignTrainer trainer = LongAlignTrainer.CreateBuilder()
            .UseModel(model)
            .UseDataset(dataset)
            .UseBatching(sampler, new PackedBatchCollator(dataset))
            .UseLossWeighting()
            .UseAdamW(baseRate, betas[0], betas[1], golden.GetProperty("eps").GetDouble(), golden.GetProperty("weight_decay").GetDouble())
            .UseCosineSchedule(warmupSteps: golden.GetProperty("warmup_steps").GetInt32())
            .UseGradientClipping(golden.GetProperty("max_grad_norm").GetDouble())
            .ReportProgress(progress)
            .Build();
        await trainer.TrainStepsAsync(steps, TestContext.Current.CancellationToken);

        double[] rates = Golden.Numbers(golden.GetProperty("lr"));
        double[] losses = Golden.Numbers(golden.GetProperty("loss_float64"));
        double[] norms = Golden.Numbers(golden.GetProperty("grad_norm_before_clip_float64"));
        Assert.Equal(steps, progress.Reports.Count);
        for (int step = 0; step < steps; step++)
        {
            TrainingProgress report = progress.Reports[step];
            Assert.Equal(rates[step], report.LearningRate, 1e-12);
            Assert.Equal(losses[step], report.Loss, 1e-4);
            Assert.Equal(norms[step], report.GradientNorm, 1e-3 * norms[step]);
        }

        AssertFinalWeights(golden.GetProperty("final_weights_float64_run"), model);
    }

    private static void AssertFinalWeights(JsonElement expected, CausalLanguageModel model)
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> weights = model.state_dict();
        foreach (JsonProperty weight in expected.EnumerateObject())
        {
            Tensor actual = weights[weight.Name].detach().to(ScalarType.Float64);
            Assert.Equal(weight.Value.GetProperty("l2").GetDouble(), actual.norm().ToDouble(), 1e-3);
            double[] first = Golden.Numbers(weight.Value.GetProperty("first8"));
            Assert.Equal(first, actual.flatten().data<double>().Take(first.Length), (a, b) => Math.Abs(a - b) < 1e-4);
        }
    }

    /// <summary>Every sequence of every pack of every batch, and the packs of each step as indices of these.</summary>
    private static (InMemoryDataset Dataset, Replay Sampler) ReadBatches(JsonElement golden, int steps)
    {
        Npy inputIds = Golden.ReadNpy("trajectory", "input_ids.npy");
        int[] ids = inputIds.Int32();
        int[] labels = Golden.ReadNpy("trajectory", "labels.npy").Int32();
        int length = golden.GetProperty("length").GetInt32();
        List<TokenSequence> sequences = [];
        List<BatchStep> batches = [];
        int offset = 0;
        foreach (JsonElement batch in golden.GetProperty("cu_seqlens_per_batch_and_pack").EnumerateArray())
        {
            List<MicroBatch> packs = [];
            int firstOfBatch = sequences.Count;
            foreach (int[] cuSeqLens in batch.EnumerateArray().Select(Golden.Ints))
            {
                int firstOfPack = sequences.Count;
                for (int i = 0; i + 1 < cuSeqLens.Length; i++)
                {
                    Range tokens = (offset + cuSeqLens[i])..(offset + cuSeqLens[i + 1]);
                    sequences.Add(new TokenSequence(ids.AsSpan(tokens), labels.AsSpan(tokens)));
                }

                packs.Add(new MicroBatch(Enumerable.Range(firstOfPack, sequences.Count - firstOfPack).ToArray(), LengthLimit.None));
                offset += length;
            }

            IEnumerable<TokenSequence> own = sequences.Skip(firstOfBatch);
            batches.Add(new BatchStep(batches.Count, packs, new StepTotals(own.Count(s => s.TargetCount > 0), packs.Count, own.Sum(s => (long)s.TargetCount))));
        }

        int[] batchOfStep = Golden.Ints(golden.GetProperty("batch_of_step"));
        return (new InMemoryDataset(sequences), new Replay([.. batchOfStep.Take(steps).Select(batch => batches[batch])]));
    }

    private sealed class Replay(BatchStep[] steps) : IBatchSampler
    {
        public int StepsPerEpoch => steps.Length;

        public IEnumerable<BatchStep> GetSteps(int epoch) => steps;

        public IReadOnlyList<int> GetLeftOut(int epoch) => [];
    }

    private sealed class Recorder : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> Reports { get; } = [];

        public void Report(TrainingProgress value) => Reports.Add(value);
    }
}
