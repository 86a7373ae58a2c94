using LongAlign.Collation;
using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training;

public sealed class GuardedFunctionTests
{
    [Fact]
    public void Its_gradient_is_what_it_says()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(new[] { 1f, 2f }, requires_grad: true);
        Doubled.Apply(x, fault: null).sum().backward();
        BackwardPass.ThrowIfFailed();
        Assert.Equal([2f, 2f], x.grad!.data<float>());
    }

    [Theory]
    [InlineData("throws", "no gradient today")]
    [InlineData("too few", "Doubled returned 1 gradients; expected 2, one an argument.")]
    public void A_fault_in_its_backward_pass_is_thrown_after_it_and_once(string fault, string message)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(new[] { 1f, 2f }, requires_grad: true);
        Doubled.Apply(x, fault).sum().backward();
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(BackwardPass.ThrowIfFailed);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        BackwardPass.ThrowIfFailed();
    }

    [Fact]
    public void A_gradient_of_the_wrong_shape_is_a_managed_exception()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(new[] { 1f, 2f }, requires_grad: true);
        Assert.ThrowsAny<Exception>(() => Doubled.Apply(x, "wrong shape").sum().backward());
        BackwardPass.ThrowIfFailed();
    }

    [Fact]
    public async Task The_trainer_ends_with_it()
    {
        using FaultyModel model = new();
        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => LongAlignTrainer.CreateBuilder().UseModel(model)
            .UseDataset(LongAlignTrainerTests.Counting(8)).UseNaiveBatching().UseAdamW().Build().TrainAsync());
        Assert.Contains("no gradient today", error.Message, StringComparison.Ordinal);
        Assert.IsType<NotSupportedException>(error.InnerException);
    }

    /// <summary>2 x, with a backward pass that can fail.</summary>
    private sealed class Doubled : GuardedFunction<Doubled>
    {
        public override string Name => nameof(Doubled);

        public static Tensor Apply(Tensor x, string? fault) => apply(x, fault ?? "");

        protected override Tensor Compute(autograd.AutogradContext ctx, object[] arguments)
        {
            ctx.save_data("fault", arguments[1]);
            return (Tensor)arguments[0] * 2;
        }

        protected override List<Tensor> Differentiate(autograd.AutogradContext ctx, Tensor gradient) => (string)ctx.get_data("fault") switch
        {
            "throws" => throw new NotSupportedException("no gradient today"),
            "too few" => [gradient * 2],
            "wrong shape" => [ones(5), null!],
            _ => [gradient * 2, null!],
        };
    }

    private sealed class FaultyModel : nn.Module, ICausalLanguageModel
    {
        private readonly Parameter _table = new(ones(13, 13));

        public FaultyModel()
            : base(nameof(FaultyModel)) => register_parameter("table", _table);

        public int VocabularySize => 13;

        public int MaxPositions => 64;

        public Tensor GetHiddenStates(Tensor inputIds, Tensor positionIds, PackLayout layout) => _table.index_select(0, inputIds);

        public Tensor GetLogits(Tensor hiddenStates) => Doubled.Apply(hiddenStates, "throws");
    }
}
