using Extend;
using LongAlign.Collation;
using LongAlign.Core.Tests.Distributed;
using LongAlign.Losses;
using LongAlign.Training;
using LongAlign.Training.Checkpoints;
using LongAlign.TrainingHost;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training.Seams;

/// <summary>Runs with optimizers that are not the library's.</summary>
public sealed class OptimizerTests
{
    private static readonly Dictionary<string, Func<IReadOnlyList<(string Name, Parameter Parameter)>, ITrainingOptimizer>> Optimizers = new()
    {
        ["Lion"] = parameters => new Lion(parameters, 0.01),
        ["SGD"] = parameters => new TorchOptimizer(optim.SGD(parameters.Select(named => named.Parameter), learningRate: 0.05, momentum: 0.9)),
        ["AdamW of TorchSharp"] = parameters => new TorchOptimizer(optim.AdamW(parameters.Select(named => named.Parameter), lr: 0.02)),
        ["NAdam"] = parameters => new TorchOptimizer(optim.NAdam(parameters.Select(named => named.Parameter), lr: 0.01)),
    };

    public static TheoryData<string> Names => [.. Optimizers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_run_that_is_killed_and_resumed_equals_one_that_never_stopped(string name)
    {
        using TemporaryFolder folder = new();
        (string weights, TrainingResult straight) = await Train(5, _ => { });
        using CancellationTokenSource source = new();
        await Train(5, builder => builder.SaveCheckpoints(folder, everySteps: 2).ReportProgress(new LongAlignTrainerTests.Recorder { Then = report => { if (report.Step == 3) { source.Cancel(); } } }), source.Token);
        (string resumedWeights, TrainingResult resumed) = await Train(9, builder => builder.SaveCheckpoints(folder, everySteps: 2).ResumeFrom(folder));

        Assert.Equal(8, straight.Steps);
        Assert.Equal(straight.Losses, resumed.Losses);
        Assert.Equal(weights, resumedWeights);

        async Task<(string, TrainingResult)> Train(int seed, Action<LongAlignTrainerBuilder> configure, CancellationToken cancellationToken = default)
        {
            manual_seed(seed);
            using DropoutDecoder model = new();
            LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(TinyRun.Dataset())
                .UsePacking(packing => packing.Capacity = 40).UseOptimizer(Optimizers[name]);
            configure(builder);
            (TrainingResult result, _) = await builder.Build().TrainStepsAsync(8, cancellationToken).OrCancelled();
            return (TinyRun.Hash(model), result);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Ranks_train_as_one_process_does(string name)
    {
        float[] one = Train(null);
        float[][] two = [.. ThreadProcessGroup.Results(2, Train)];
        Assert.Equal(two[0], two[1]);
        Assert.Equal(one, two[0], (a, b) => Math.Abs(a - b) < 1e-4);

        float[] Train(LongAlign.Distributed.IProcessGroup? group)
        {
            using ToyModel model = new();
            LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(LongAlignTrainerTests.Counting(24))
                .UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize) = (64, 6)).UseConstantSchedule().UseOptimizer(Optimizers[name]);
            TrainingResult result = (group is null ? builder : builder.UseProcessGroup(group)).Build().TrainStepsAsync(3).GetAwaiter().GetResult();
            Assert.Equal(3, result.Steps);
            return [.. model.parameters().SelectMany(parameter => parameter.data<float>().ToArray())];
        }
    }

    [Fact]
    public async Task Weights_of_torchsharps_sgd_are_those_of_a_loop()
    {
        using ToyModel trained = new();
        using ToyModel looped = new();
        await LongAlignTrainer.CreateBuilder().UseModel(trained).UseDataset(LongAlignTrainerTests.Counting(6)).UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize) = (512, 6))
            .UseOptimizer(Optimizers["SGD"]).UseConstantSchedule().UseGradientClipping(0.5).Build().TrainStepsAsync(4);

        using OptimizerHelper sgd = optim.SGD(looped.parameters(), learningRate: 0.05, momentum: 0.9);
        for (int step = 0; step < 4; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            using PackedBatch batch = PackedBatch.Of(Enumerable.Range(0, 6).Select(i => LongAlignTrainerTests.Sequence(3 + (i * 7 % 18), i)));
            using WeightedPackingLoss loss = new();
            sgd.zero_grad();
            loss.forward(looped.GetLogits(looped.GetHiddenStates(batch.InputIds, batch.PositionIds, batch.Layout)), batch).backward();
            nn.utils.clip_grad_norm_(looped.parameters(), 0.5);
            sgd.step();
        }

        Assert.All(trained.parameters().Zip(looped.parameters()), pair => Assert.True(pair.First.allclose(pair.Second, 1e-5, 1e-6)));
    }

    [Fact]
    public async Task A_run_does_not_resume_with_another_optimizer_or_other_settings()
    {
        using TemporaryFolder folder = new();
        await Train(Optimizers["Lion"], save: true);
        Assert.Contains("optimizer: 'Lion' in the checkpoint, 'TorchOptimizer' here", (await Assert.ThrowsAsync<CheckpointException>(() => Train(Optimizers["SGD"], save: false))).Message, StringComparison.Ordinal);
        Assert.Contains("learning rate: '0.01' in the checkpoint, '0.02' here", (await Assert.ThrowsAsync<CheckpointException>(() => Train(parameters => new Lion(parameters, 0.02), save: false))).Message, StringComparison.Ordinal);

        async Task Train(Func<IReadOnlyList<(string Name, Parameter Parameter)>, ITrainingOptimizer> optimizer, bool save)
        {
            using ToyModel model = new();
            LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(LongAlignTrainerTests.Counting(6)).UseNaiveBatching().UseOptimizer(optimizer);
            await (save ? builder.SaveCheckpoints(folder, everySteps: 1) : builder.ResumeFrom(folder)).Build().TrainStepsAsync(2);
        }
    }

    [Fact]
    public void Optimizers_exclude_each_other_and_mixed_precision_needs_ours()
    {
        using ToyModel model = new();
        string faults = Assert.Throws<InvalidOperationException>(() => LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(LongAlignTrainerTests.Counting(4)).UseNaiveBatching()
            .UseAdamW().UseOptimizer(Optimizers["Lion"]).UseMixedPrecision().Build()).Message;
        Assert.Contains("UseAdamW and UseOptimizer exclude each other.", faults, StringComparison.Ordinal);
        Assert.Contains("UseMixedPrecision needs UseAdamW", faults, StringComparison.Ordinal);
    }

    [Fact]
    public void An_optimizer_without_a_base_rate_is_refused()
    {
        using ToyModel model = new();
        using OptimizerHelper sgd = optim.SGD(model.parameters(), learningRate: 0);
        Assert.Contains("expected a first one of more than 0", Assert.Throws<ArgumentException>(() => new TorchOptimizer(sgd)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_change_later_change_nothing()
    {
        using Parameter one = new(ones(1));
        using Parameter other = new(ones(1));
        AdamWOptions options = new();
        using FusedAdamW optimizer = new([one], options);
        using FusedAdamW expected = new([other]);
        options.Beta1 = 0;
        options.Epsilon = 1;
        for (int step = 1; step <= 2; step++)
        {
            (one.grad, other.grad) = (full(1, (float)step), full(1, (float)step));
            optimizer.Step(0.1);
            expected.Step(0.1);
        }

        Assert.Equal(other.data<float>()[0], one.data<float>()[0]);
    }

    [Fact]
    public void Groups_of_adamw_have_rates_and_decays_of_their_own()
    {
        using Linear plain = nn.Linear(3, 2);
        using Linear grouped = nn.Linear(3, 2);
        grouped.load_state_dict(plain.state_dict());
        AdamWOptions options = new() { WeightDecay = 0.5, DecayNormsAndBiases = false, Groups = { new AdamWGroup { Contains = (name, _) => name == "weight", LearningRateFactor = 2 } } };
        using FusedAdamW optimizer = new(grouped.named_parameters(), options);
        using FusedAdamW weight = new([plain.weight!], new AdamWOptions { WeightDecay = 0.5 });
        using FusedAdamW bias = new([plain.bias!]);
        for (int step = 0; step < 3; step++)
        {
            foreach (Linear layer in (Linear[])[plain, grouped])
            {
                using DisposeScope scope = NewDisposeScope();
                layer.zero_grad();
                layer.forward(ones(1, 3)).sum().backward();
            }

            optimizer.Step(0.1);
            weight.Step(0.2);
            bias.Step(0.1);
        }

        Assert.Equal(plain.weight!.data<float>().ToArray(), grouped.weight!.data<float>().ToArray());
        Assert.Equal(plain.bias!.data<float>().ToArray(), grouped.bias!.data<float>().ToArray());
        Assert.Contains(optimizer.Settings, setting => setting.Key == "parameters of another rate or decay" && setting.Value.StartsWith("2 (", StringComparison.Ordinal));
    }
}
