using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Core.Tests.Distributed;
using LongAlign.Distributed;
using LongAlign.Losses;
using LongAlign.Sequences;
using LongAlign.Training;
using LongAlign.Training.Checkpoints;
using LongAlign.TrainingHost;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training.Seams;

/// <summary>Runs with losses that are not the library's.</summary>
public sealed class LossTests
{
    [Fact]
    public async Task A_users_cross_entropy_trains_as_ours_does_and_its_metrics_add_up()
    {
        (float[] ours, TrainingResult expected, _) = await Train(null, null);
        (float[] theirs, TrainingResult actual, List<TrainingProgress> reports) = await Train(new Accuracy(), null);
        Assert.Equal(expected.Losses, actual.Losses, (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal(ours, theirs, (a, b) => Math.Abs(a - b) < 1e-4);
        Assert.All(reports, report => Assert.InRange(report.Metrics["accuracy"], 0, 1.0001));
        Assert.True(reports[^1].Metrics["accuracy"] > reports[0].Metrics["accuracy"]);
        Assert.True(double.IsNaN(reports[0].SequenceLoss) && double.IsNaN(reports[0].TokenLoss));
    }

    [Fact]
    public async Task Ranks_add_up_loss_and_metrics()
    {
        (float[] one, _, List<TrainingProgress> expected) = await Train(new Accuracy(), null);
        (float[] Weights, TrainingResult Result, List<TrainingProgress> Reports)[] two = [.. ThreadProcessGroup.Results(2, group => Train(new Accuracy(), group).GetAwaiter().GetResult())];
        Assert.Equal(one, two[0].Weights, (a, b) => Math.Abs(a - b) < 1e-4);
        Assert.Equal(two[0].Weights, two[1].Weights);
        Assert.Equal(expected.Select(report => report.Metrics["accuracy"]), two[0].Reports.Select(report => report.Metrics["accuracy"]), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public async Task A_run_with_a_users_loss_resumes_to_the_bit_and_not_with_another_loss()
    {
        using TemporaryFolder folder = new();
        string straight = await Run(5, _ => { }, 8, new Accuracy());
        await Run(5, builder => builder.SaveCheckpoints(folder, everySteps: 3), 8, new Accuracy(), stopAfter: 4);
        Assert.Contains("loss: 'Accuracy' in the checkpoint, 'SequenceMean' here", (await Assert.ThrowsAsync<CheckpointException>(() => Run(6, builder => builder.ResumeFrom(folder), 8, null))).Message, StringComparison.Ordinal);
        Assert.Equal(straight, await Run(6, builder => builder.ResumeFrom(folder), 8, new Accuracy()));

        static async Task<string> Run(int seed, Action<LongAlignTrainerBuilder> configure, int steps, ITrainingLoss? loss, int? stopAfter = null)
        {
            manual_seed(seed);
            using DropoutDecoder model = new();
            using CancellationTokenSource source = new();
            LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(TinyRun.Dataset()).UsePacking(packing => packing.Capacity = 40).UseAdamW(0.02)
                .ReportProgress(new LongAlignTrainerTests.Recorder { Then = report => { if (report.Step == stopAfter) { source.Cancel(); } } });
            builder = loss is null ? builder : builder.UseLoss(loss);
            configure(builder);
            await builder.Build().TrainStepsAsync(steps, source.Token).OrCancelled();
            return TinyRun.Hash(model);
        }
    }

    [Fact]
    public void Two_forward_passes_of_a_loss_work_with_gradient_checkpointing()
    {
        float[] plain = Gradients(isCheckpointed: false);
        Assert.Equal(plain, Gradients(isCheckpointed: true), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Contains(plain, gradient => gradient != 0);

        static float[] Gradients(bool isCheckpointed)
        {
            using LayeredModel model = new() { GradientCheckpointing = isCheckpointed };
            using DisposeScope scope = NewDisposeScope();
            using PackedBatch batch = PackedBatch.Of([LongAlignTrainerTests.Sequence(9, 0), LongAlignTrainerTests.Sequence(5, 3)]);
            Tensor share = new TwoPasses().Compute(model, batch).Loss;
            share.backward();
            BackwardPass.ThrowIfFailed();
            return [.. model.parameters().SelectMany(parameter => parameter.grad!.data<float>().ToArray())];
        }
    }

    [Fact]
    public void Values_of_targets_add_up_by_sequence()
    {
        using DisposeScope scope = NewDisposeScope();
        TokenSequence[] sequences = [new([1, 2, 3], [-100, 2, 3]), new([4, 5], [-100, -100]), new([6, 7, 8, 9], [-100, 7, -100, 9])];
        using PackedBatch packed = PackedBatch.Of(sequences);
        using PaddedBatch padded = PaddedBatch.Of(sequences);
        foreach (TrainingBatch batch in (TrainingBatch[])[packed, padded])
        {
            BatchTargets targets = BatchTargets.Of(batch);
            Assert.Equal([2, 3, 7, 9], targets.Ids.data<long>().ToArray());
            Assert.Equal([3f, 0, 12], targets.SumBySequence(tensor([1f, 2, 4, 8])).data<float>().ToArray());
        }
    }

    [Fact]
    public void Further_tensors_go_with_the_batch()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor extra = tensor([1f, 2]);
        PackedBatch batch = PackedBatch.Of([LongAlignTrainerTests.Sequence(3, 0)]);
        batch.Add("teacher", extra);
        batch.MoveTo(CPU);
        Assert.Equal([1f, 2], batch["teacher"].data<float>().ToArray());
        Assert.Contains("teacher", Assert.Throws<KeyNotFoundException>(() => batch["student"]).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => batch.Add("teacher", tensor(1)));
        batch.Dispose();
        Assert.True(extra.IsInvalid);
    }

    [Fact]
    public async Task Shares_that_are_no_scalars_and_metrics_that_are_not_named_are_refused()
    {
        Assert.Contains("expected a scalar", Assert.Throws<ArgumentException>(() => new LossShare(zeros(2))).Message, StringComparison.Ordinal);
        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => Train(new Unnamed(), null));
        Assert.Contains("Unnamed returned 1 metrics; expected 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Metrics_need_names_that_differ()
    {
        using ToyModel model = new();
        string faults = Assert.Throws<InvalidOperationException>(() => LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(4)).UseNaiveBatching().UseLoss(new Twice()).Build()).Message;
        Assert.Contains("the metrics are 'same', 'same'; expected names that differ", faults, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_loss_that_no_gradient_goes_through_is_refused()
    {
        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => Train(new Constant(), null));
        Assert.Contains("The loss of Constant depends on no parameter that is trained", error.Message, StringComparison.Ordinal);
    }

    private static async Task<(float[] Weights, TrainingResult Result, List<TrainingProgress> Reports)> Train(ITrainingLoss? loss, IProcessGroup? group)
    {
        using ToyModel model = new();
        LongAlignTrainerTests.Recorder progress = new();
        LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(LongAlignTrainerTests.Counting(24))
            .UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize) = (40, 8)).UseAdamW(0.05).UseConstantSchedule().ReportProgress(progress);
        builder = loss is null ? builder : builder.UseLoss(loss);
        builder = group is null ? builder : builder.UseProcessGroup(group);
        TrainingResult result = await builder.Build().TrainStepsAsync(9);
        return ([.. model.parameters().SelectMany(parameter => parameter.data<float>().ToArray())], result, progress.Reports);
    }

    private sealed class Accuracy : ITrainingLoss
    {
        public IReadOnlyList<string> Metrics => ["accuracy"];

        public LossShare Compute(ITrainableModel model, TrainingBatch batch)
        {
            BatchTargets targets = BatchTargets.Of(batch);
            Tensor logits = TargetLogits.Of(model, batch, targets);
            Tensor losses = nn.functional.cross_entropy(logits, targets.Ids, reduction: nn.Reduction.None);
            return new LossShare((losses * targets.Weights).sum(), (logits.argmax(1).eq(targets.Ids) * targets.Weights).sum());
        }
    }

    private sealed class TwoPasses : ITrainingLoss
    {
        public LossShare Compute(ITrainableModel model, TrainingBatch batch)
        {
            BatchTargets targets = BatchTargets.Of(batch);
            Tensor first = TargetLogits.Of(model, batch, targets);
            Tensor second = TargetLogits.Of(model, batch, targets);
            return new LossShare(((first * second).sum(1) * targets.Weights).sum());
        }
    }

    private sealed class Twice : ITrainingLoss
    {
        public IReadOnlyList<string> Metrics => ["same", "same"];

        public LossShare Compute(ITrainableModel model, TrainingBatch batch) => throw new NotSupportedException();
    }

    private sealed class Constant : ITrainingLoss
    {
        public LossShare Compute(ITrainableModel model, TrainingBatch batch) => new(zeros(1));
    }

    private sealed class Unnamed : ITrainingLoss
    {
        public LossShare Compute(ITrainableModel model, TrainingBatch batch) => new(zeros(1), zeros(1));
    }

    private sealed class LayeredModel : nn.Module, ICausalLanguageModel, IGradientCheckpointing
    {
        private readonly TorchSharp.Modules.Embedding _embedding = nn.Embedding(13, 8);
        private readonly TorchSharp.Modules.Linear _first;
        private readonly TorchSharp.Modules.Linear _second;

        public LayeredModel()
            : base(nameof(LayeredModel))
        {
            manual_seed(3);
            (_first, _second) = (nn.Linear(8, 8), nn.Linear(8, 8));
            _embedding.weight = nn.Parameter(randn(13, 8));
            RegisterComponents();
        }

        public bool GradientCheckpointing { get; set; }

        public int VocabularySize => 13;

        public int MaxPositions => 64;

        public Tensor GetHiddenStates(Tensor inputIds, Tensor positionIds, PackLayout layout)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor hidden = _embedding.forward(inputIds);
            foreach (TorchSharp.Modules.Linear layer in (TorchSharp.Modules.Linear[])[_first, _second])
            {
                hidden = GradientCheckpointing ? GradientCheckpoint.Run(x => layer.forward(x).tanh(), hidden) : layer.forward(hidden).tanh();
            }

            return hidden.MoveToOuterDisposeScope();
        }

        public Tensor GetLogits(Tensor hiddenStates) => nn.functional.linear(hiddenStates, _embedding.weight!);
    }
}
