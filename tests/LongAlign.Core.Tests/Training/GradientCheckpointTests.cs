using CsCheck;
using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training;

public sealed class GradientCheckpointTests
{
    private static readonly Gen<(int Layers, int Rows, int Seed)> Cases = Gen.Select(Gen.Int[1, 4], Gen.Int[1, 9], Gen.Int);

    [Fact]
    public void Loss_gradients_and_random_numbers_of_modules_with_dropout_are_those_of_a_plain_run() => Cases.Sample(
        c =>
        {
            using DisposeScope scope = NewDisposeScope();
            (float loss, Tensor[] gradients, float next) plain = Run(c, (block, hidden) => block.forward(hidden));
            (float loss, Tensor[] gradients, float next) again = Run(c, (block, hidden) => GradientCheckpoint.Run(block.forward, hidden));
            Assert.Equal(plain.loss, again.loss);
            Assert.Equal(plain.next, again.next);
            Assert.All(plain.gradients.Zip(again.gradients), pair => Assert.True(pair.First.allclose(pair.Second, 1e-6, 1e-7)));
        },
        iter: 50,
        threads: 1);

    [Fact]
    public void Pieces_may_lie_inside_pieces() => Cases.Sample(
        c =>
        {
            using DisposeScope scope = NewDisposeScope();
            (float loss, Tensor[] gradients, _) = Run(c, (block, hidden) => block.forward(hidden));
            (float nestedLoss, Tensor[] nested, _) = Run(
                c,
                (block, hidden) => GradientCheckpoint.Run(outer => GradientCheckpoint.Run(inner => GradientCheckpoint.Run(block.forward, inner), outer), hidden));
            Assert.Equal(loss, nestedLoss);
            Assert.All(gradients.Zip(nested), pair => Assert.True(pair.First.allclose(pair.Second, 1e-6, 1e-7)));
        },
        iter: 20,
        threads: 1);

    [Fact]
    public void Parameters_behind_an_input_without_gradient_get_theirs()
    {
        using DisposeScope scope = NewDisposeScope();
        using DropoutBlock block = new(width: 4);
        GradientCheckpoint.Run(block.forward, ones(3, 4)).sum().backward();
        Assert.All(block.parameters(), parameter => Assert.NotNull(parameter.grad));
    }

    [Fact]
    public void Every_input_gets_its_gradient_and_may_be_disposed_before_the_backward_pass()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = randn(5, 3, requires_grad: true);
        Tensor y = randn(5, 3, requires_grad: true);
        Tensor result;
        using (DisposeScope inner = NewDisposeScope())
        {
            Tensor rows = tensor([4L, 0, 0]);
            Tensor factor = full(3, 2f);
            Tensor unused = randn(3).requires_grad_(true);
            result = GradientCheckpoint.Run(
                inputs => (inputs[0] * inputs[1] * inputs[3]).index_select(0, inputs[2]), x * 1, y, rows, factor, unused).MoveToOuterDisposeScope();
        }

        result.sum().backward();
        Tensor times = tensor([2f, 0, 0, 0, 1]).unsqueeze(1) * 2;
        Assert.True(x.grad!.allclose(y * times));
        Assert.True(y.grad!.allclose(x * times));
    }

    [Fact]
    public void Without_gradients_the_piece_is_just_called()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable off = no_grad();
        int calls = 0;
        Tensor result = GradientCheckpoint.Run(x => { calls++; return x * 2; }, ones(2, requires_grad: true));
        Assert.False(result.requires_grad);
        Assert.Equal(1, calls);
    }

    [Fact]
    public void A_piece_that_fails_in_the_backward_pass_is_named_afterwards()
    {
        using DisposeScope scope = NewDisposeScope();
        int calls = 0;
        Tensor x = ones(2, requires_grad: true);
        Tensor result = GradientCheckpoint.Run(input => ++calls == 1 ? input * 2 : throw new NotSupportedException("Second call."), x);
        result.sum().backward();
        Assert.Contains("Second call.", Assert.Throws<InvalidOperationException>(() => GradientCheckpoint.Run(input => input, x)).Message, StringComparison.Ordinal);
        Assert.Equal(4, GradientCheckpoint.Run(input => input * 2, x).sum().ToDouble()); // named once
    }

    [Fact]
    public void Parameters_behind_token_ids_get_their_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        using Embedding embedding = nn.Embedding(5, 3);
        Tensor ids = tensor([4L, 0, 4]);
        Tensor rows = GradientCheckpoint.Run(embedding, inputs => embedding.forward(inputs.Single()), ids);
        rows.sum().backward();
        Assert.Equal([1f, 0, 0, 0, 2], embedding.weight!.grad![.., 0].data<float>().ToArray());
        Assert.Throws<ArgumentException>(() => GradientCheckpoint.Run(inputs => rows));
    }

    [Fact]
    public void A_module_that_is_frozen_is_computed_once_and_needs_no_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        using Embedding embedding = nn.Embedding(5, 3);
        embedding.weight!.requires_grad = false;
        Assert.False(GradientCheckpoint.Run(embedding, inputs => embedding.forward(inputs[0]), tensor([4L])).requires_grad);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_thousand_steps_leave_no_tensor_behind()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using DropoutBlock block = new(width: 4);
        using Tensor input = ones(3, 4);
        Step();
        long live = Tensor.TotalCount;
        for (int i = 0; i < 1_000; i++)
        {
            Step();
        }

        Assert.True(Tensor.TotalCount <= live, $"{live} tensors before, {Tensor.TotalCount} after.");

        void Step()
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor hidden = GradientCheckpoint.Run(block.forward, GradientCheckpoint.Run(block.forward, input));
            hidden.sum().backward();
        }
    }

    private static (float Loss, Tensor[] Gradients, float Next) Run((int Layers, int Rows, int Seed) c, Func<DropoutBlock, Tensor, Tensor> run)
    {
        manual_seed(c.Seed);
        DropoutBlock[] blocks = [.. Enumerable.Range(0, c.Layers).Select(_ => new DropoutBlock(width: 6))];
        Tensor input = randn(c.Rows, 6, requires_grad: true);
        Tensor loss = blocks.Aggregate(input, (hidden, block) => run(block, hidden)).square().mean();
        loss.backward();
        Tensor[] gradients = [input.grad!, .. blocks.SelectMany(block => block.parameters()).Select(parameter => parameter.grad!.clone())];
        Array.ForEach(blocks, block => block.Dispose());
        return (loss.item<float>(), gradients, rand(1).item<float>());
    }
}
