using LongAlign.Collation;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests.Decoders;

/// <summary>Experts in float64 against loops over tokens, and the loss of the router.</summary>
public sealed class ExpertTests
{
    private static readonly long[] Ids = [3, 28, 1, 7, 7, 11, 2, 19, 5, 14, 14, 9, 21];

    [Theory]
    [InlineData("mixtral")]
    [InlineData("qwen2_moe")]
    [InlineData("qwen3_moe")]
    public void Gradients_are_the_slopes_of_the_loss(string family)
    {
        const double Step = 1e-6;
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create(family, ScalarType.Float64);
        Loss(model).backward();
        Random random = new(3);
        foreach ((string name, Parameter parameter) in model.named_parameters().Where(named => named.parameter.grad is not null))
        {
            Tensor direction = tensor(Enumerable.Range(0, (int)parameter.numel()).Select(_ => random.NextDouble() - 0.5).ToArray()).view(parameter.shape);
            double expected = (Moved(Step) - Moved(-Step)) / (2 * Step);
            double actual = (parameter.grad! * direction).sum().ToDouble();
            Assert.True(Math.Abs(expected - actual) < 1e-6 * Math.Max(1, Math.Abs(expected)), $"{name}: {expected} and {actual}");

            double Moved(double step)
            {
                using IDisposable noGrad = no_grad();
                Tensor before = parameter.detach().clone();
                parameter.add_(direction * step);
                double loss = Loss(model).ToDouble();
                parameter.copy_(before);
                return loss;
            }
        }
    }

    /// <summary>An expert that no token asks for takes no part: it gets no gradient, and its weights may be anything.</summary>
    [Fact]
    public void An_expert_without_tokens_costs_nothing_and_gets_no_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create("mixtral", ScalarType.Float64);
        Tensor ids = tensor(Ids[..1]);
        Tensor logits = model.forward(ids, arange(1), PackLayout.FromLengths(1));
        logits.sum().backward();
        Parameter[] unused = [.. model.named_parameters().Where(named => named.name.Contains(".experts.", StringComparison.Ordinal) && named.parameter.grad is null).Select(named => named.parameter)];
        Assert.Equal(2 * (4 - 2) * 3, unused.Length); // layers, experts that are not chosen, weights
        using IDisposable noGrad = no_grad();
        Array.ForEach(unused, parameter => parameter.fill_(double.NaN));
        Assert.True(model.forward(ids, arange(1), PackLayout.FromLengths(1)).eq(logits).all().ToBoolean());
    }

    [Fact]
    public void The_loss_of_the_router_is_off_by_default_and_adds_its_slope_to_gradients_alone()
    {
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create("qwen3_moe", ScalarType.Float64);
        Assert.Equal(0, model.RouterLossWeight);
        Tensor plain = Loss(model);
        plain.backward();
        Parameter router = model.named_parameters().First(named => named.name == "model.layers.1.mlp.gate.weight").parameter;
        Tensor without = router.grad!.clone();
        foreach (bool again in new[] { false, true })
        {
            model.zero_grad();
            model.GradientCheckpointing = again;
            model.RouterLossWeight = 0.3;
            Tensor loss = Loss(model);
            loss.backward();
            Assert.Equal(plain.ToDouble(), loss.ToDouble(), 1e-12);
            Tensor added = router.grad! - without;
            Assert.True(added.abs().max().ToDouble() > 1e-5);

            // A step against the added gradient makes the shares of the experts more even: the loss of the router falls.
            Assert.True(added.norm().ToDouble() < 1);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => model.RouterLossWeight = -1);
        Assert.Throws<ArgumentOutOfRangeException>(() => model.RouterLossWeight = double.NaN);
    }

    /// <summary>The gradient of one layer's loss against that of its formula, written with torch's own operators.</summary>
    [Fact]
    public void The_gradient_of_the_routers_loss_is_that_of_its_formula()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = randn(7, 4, ScalarType.Float64).requires_grad_(true);
        long[] counts = [2, 7, 0, 5];
        Models.Decoders.RouterLoss.Attach(logits.softmax(-1), counts, 0.3).sum().backward(); // the sum of shares is constant
        Tensor again = logits.detach().requires_grad_(true);
        (tensor(counts).to(ScalarType.Float64) / 7 * again.softmax(-1).mean([0])).sum().mul(4 * 0.3).backward();
        Assert.True((logits.grad! - again.grad!).abs().max().ToDouble() < 1e-7);
        Assert.True(again.grad!.abs().max().ToDouble() > 1e-3);
    }

    private static Tensor Loss(CausalLanguageModel model)
    {
        Tensor logits = model.forward(tensor(Ids), arange(Ids.Length), PackLayout.FromLengths(9, Ids.Length - 9));
        return nn.functional.cross_entropy(logits, tensor(Ids));
    }
}
