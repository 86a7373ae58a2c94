using LongAlign.Collation;
using LongAlign.Core.Tests.Distributed;
using LongAlign.Distributed;
using LongAlign.Safetensors;
using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static LongAlign.Core.Tests.Training.LongAlignTrainerTests;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training;

public sealed class TiedWeightsTests
{
    [Theory]
    [InlineData(false, 1e-5)]
    [InlineData(true, 1e-2)]
    public void A_tied_weight_trains_as_one_weight_that_is_used_twice(bool isMixed, double tolerance)
    {
        Action<LongAlignTrainerBuilder> precision = builder => _ = isMixed ? builder.UseMixedPrecision() : builder;
        Outcome tied = Train(hasModules: true, precision);
        Outcome single = Train(hasModules: false, precision);
        Assert.Equal(single.Result.Losses, tied.Result.Losses, (a, b) => Math.Abs(a - b) < tolerance * a);
        Assert.Equal(single.Norms, tied.Norms, (a, b) => Math.Abs(a - b) < tolerance * a);
        Assert.Equal(single.Weights, tied.Weights, (a, b) => Math.Abs(a - b) < 10 * tolerance);
    }

    [Fact]
    public async Task The_first_step_moves_each_number_by_the_learning_rate_and_no_more()
    {
        using TiedModel model = new(hasModules: true);
        float[] before = [.. model.Weight.data<float>()];
        await Builder(model).UseConstantSchedule().Build().TrainStepsAsync(1);
        double[] moved = [.. before.Zip(model.Weight.data<float>(), (a, b) => Math.Abs((double)a - b))];
        Assert.Equal(0.01, moved.Max(), 1e-5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_run_with_a_tied_weight_resumes_to_the_bit_and_saves_it_once(bool isMixed)
    {
        using TemporaryFolder folder = new();
        Func<LongAlignTrainerBuilder, LongAlignTrainerBuilder> precision = builder => isMixed ? builder.UseMixedPrecision() : builder;
        Outcome straight = Train(hasModules: true, builder => precision(builder));
        Outcome cancelled = Train(hasModules: true, builder => precision(builder).SaveCheckpoints(folder, everySteps: 100), stop: 5);
        Outcome resumed = Train(hasModules: true, builder => precision(builder).ResumeFrom(folder));
        Assert.Equal(5, cancelled.Result.Steps);
        Assert.Equal(straight.Result.Losses, resumed.Result.Losses);
        Assert.Equal(straight.Weights, resumed.Weights);

        using SafetensorsFolder saved = new(Path.Combine(cancelled.Result.Checkpoint!, "model"));
        Assert.Equal(["_embedding.weight", "_positions"], saved.Names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Ranks_add_up_the_gradient_of_a_tied_weight_once()
    {
        Outcome[] ranks = ThreadProcessGroup.Results(2, group => Train(hasModules: true, builder => builder.UseProcessGroup(group)));
        Outcome one = Train(hasModules: false, builder => builder.UseGradientAccumulation(2));
        Assert.All(ranks, rank => Assert.Equal(one.Result.Losses, rank.Result.Losses, (a, b) => Math.Abs(a - b) < 1e-5));
        Assert.All(ranks, rank => Assert.Equal(one.Weights, rank.Weights, (a, b) => Math.Abs(a - b) < 1e-4));
        Assert.Equal(ranks[0].Norms, one.Norms, (a, b) => Math.Abs(a - b) < 1e-5 * a);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void An_optimizer_that_is_given_a_parameter_twice_moves_it_once(ScalarType dtype)
    {
        using DisposeScope scope = NewDisposeScope();
        using Embedding embedding = nn.Embedding(3, 2, dtype: dtype);
        using GradientReducer reducer = new(new DoublingGroup(), [embedding.weight!, embedding.weight!]);
        using FusedAdamW optimizer = new([embedding.weight!, embedding.weight!], new AdamWOptions { Beta1 = 0, Beta2 = 0, Epsilon = 1e6 });
        Tensor before = embedding.weight!.detach().clone();
        embedding.weight.grad = ones_like(embedding.weight);
        reducer.Reduce();
        Assert.Equal(2 * Math.Sqrt(6), optimizer.ClipAndStep(1e6, double.PositiveInfinity), 1e-5);
        Assert.Equal(-2, (embedding.weight - before).to(ScalarType.Float32).mean().ToDouble(), 1e-2);
    }

    [Fact]
    public void A_tied_weight_stays_float32_where_one_of_its_modules_does()
    {
        using WideHead model = new();
        LongAlign.Training.BFloat16.Cast(model);
        Assert.Equal(ScalarType.Float32, model.Embedding.weight!.dtype);
        Assert.Equal(ScalarType.BFloat16, model.Other.dtype);
    }

    [Fact]
    public void Parameters_that_share_memory_alone_are_refused()
    {
        using ToyModel inner = new();
        using Aliased model = new(inner);
        string message = Assert.Throws<InvalidOperationException>(LongAlignTrainer.CreateBuilder().UseModel(model).Build).Message;
        Assert.Contains("_alias and ", message, StringComparison.Ordinal);
        Assert.Contains("share their memory and not their gradient", message, StringComparison.Ordinal);
        Assert.All(model.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    private static LongAlignTrainerBuilder Builder(TiedModel model)
        => LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Counting(24)).UseNaiveBatching(batching => batching.BatchSize = 3).UseAdamW(learningRate: 0.01);

    private static Outcome Train(bool hasModules, Action<LongAlignTrainerBuilder> configure, int? stop = null)
    {
        using TiedModel model = new(hasModules);
        using CancellationTokenSource source = new();
        Recorder progress = new() { Then = report => { if (report.Step == stop) { source.Cancel(); } } };
        LongAlignTrainerBuilder builder = Builder(model).ReportProgress(progress);
        configure(builder);
        (TrainingResult result, _) = builder.Build().TrainStepsAsync(40, source.Token).OrCancelled().GetAwaiter().GetResult();
        using DisposeScope scope = NewDisposeScope();
        return new Outcome(result, [.. model.Weight.to(ScalarType.Float32).data<float>()], [.. progress.Reports.Select(report => report.GradientNorm)]);
    }

    private sealed record Outcome(TrainingResult Result, float[] Weights, double[] Norms);

    private sealed class WideHead : nn.Module
    {
        private readonly WideLinear _head;

        public WideHead()
            : base(nameof(WideHead))
        {
            Embedding = nn.Embedding(5, 4);
            Other = new Parameter(ones(2));
            _head = new WideLinear(Embedding.weight!);
            RegisterComponents();
        }

        public Embedding Embedding { get; }

        public Parameter Other { get; }
    }

    private sealed class WideLinear : nn.Module, IFloat32Module
    {
        private readonly Parameter _weight;

        public WideLinear(Parameter weight)
            : base(nameof(WideLinear))
        {
            _weight = weight;
            RegisterComponents();
        }
    }

    private sealed class Aliased : nn.Module, ICausalLanguageModel
    {
        private readonly ToyModel _inner;
        private readonly Parameter _alias;

        public Aliased(ToyModel inner)
            : base(nameof(Aliased))
        {
            _inner = inner;
            _alias = new Parameter(inner.parameters().First().detach());
            RegisterComponents();
        }

        public int VocabularySize => _inner.VocabularySize;

        public int MaxPositions => _inner.MaxPositions;

        public Tensor GetHiddenStates(Tensor inputIds, Tensor positionIds, PackLayout layout) => _inner.GetHiddenStates(inputIds, positionIds, layout);

        public Tensor GetLogits(Tensor hiddenStates) => _inner.GetLogits(hiddenStates);
    }
}
