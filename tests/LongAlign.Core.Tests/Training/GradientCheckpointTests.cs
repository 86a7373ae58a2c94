using LongAlign.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training;

public sealed class GradientCheckpointTests
{
    [Fact]
    public void Loss_and_gradients_are_those_of_the_plain_run_dropout_included()
    {
        using DisposeScope scope = NewDisposeScope();
        Run plain = new(isCheckpointed: false);
        Run checkpointed = new(isCheckpointed: true);
        Assert.Equal(plain.Loss, checkpointed.Loss);
        Assert.Equal(plain.Gradients, checkpointed.Gradients);
        Assert.Equal(plain.NextRandom, checkpointed.NextRandom);
    }

    [Fact]
    public void The_function_runs_again_in_the_backward_pass_and_not_before()
    {
        using DisposeScope scope = NewDisposeScope();
        int runs = 0;
        Tensor input = ones(3).requires_grad_(true);
        Tensor output = GradientCheckpoint.Run(inputs =>
        {
            runs++;
            return inputs[0] * inputs[1];
        }, input, full(3, 2f));
        Assert.Equal(1, runs);
        output.sum().backward();
        Assert.Equal(2, runs);
        Assert.Equal([2f, 2, 2], input.grad!.data<float>().ToArray());
        GradientCheckpoint.ThrowIfFailed();
    }

    [Fact]
    public void Without_gradients_it_just_runs()
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.False(GradientCheckpoint.Run(inputs => inputs[0] * 2, ones(3)).requires_grad);
        using var noGrad = no_grad();
        Assert.False(GradientCheckpoint.Run(inputs => inputs[0] * 2, ones(3).requires_grad_(true)).requires_grad);
    }

    [Fact]
    public void An_exception_in_the_second_run_comes_out_when_asked_for_and_only_once()
    {
        using DisposeScope scope = NewDisposeScope();
        int runs = 0;
        Tensor input = ones(3).requires_grad_(true);
        Tensor output = GradientCheckpoint.Run(inputs => runs++ == 0 ? inputs[0] * 2 : throw new IOException("The second run fails."), input);
        output.sum().backward();
        Assert.Equal("The second run fails.", Assert.Throws<IOException>(GradientCheckpoint.ThrowIfFailed).Message);
        GradientCheckpoint.ThrowIfFailed();
        Assert.Equal(0, input.grad!.sum().ToDouble());
    }

    [Fact]
    public void A_thousand_steps_leave_no_tensor_behind()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var layer = nn.Linear(4, 4);
        long live = 0;
        for (int i = 0; i < 1_000; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            GradientCheckpoint.Run(inputs => layer.forward(inputs[0]).relu(), ones(2, 4).requires_grad_(true)).sum().backward();
            if (i == 10)
            {
                live = Tensor.TotalCount;
            }
        }

        Assert.True(Tensor.TotalCount <= live, $"{live} tensors, then {Tensor.TotalCount}.");
    }

    [Fact]
    public void No_input_is_refused() => Assert.Throws<ArgumentException>(() => GradientCheckpoint.Run(inputs => zeros(1)));

    private sealed class Run
    {
        public Run(bool isCheckpointed)
        {
            random.manual_seed(3);
            using var first = nn.Linear(8, 8);
            using var second = nn.Linear(8, 8);
            Tensor hidden = randn(5, 8).requires_grad_(true);
            Tensor input = hidden;
            foreach (var layer in new[] { first, second })
            {
                Tensor Layer(IReadOnlyList<Tensor> inputs)
                {
                    using DisposeScope scope = NewDisposeScope();
                    return (nn.functional.dropout(layer.forward(inputs[0]).relu(), 0.5, training: true) + inputs[0]).MoveToOuterDisposeScope();
                }

                hidden = isCheckpointed ? GradientCheckpoint.Run(Layer, hidden) : Layer([hidden]);
            }

            Tensor loss = hidden.square().sum();
            loss.backward();
            Loss = loss.ToDouble();
            Gradients = [.. new[] { input.grad!, first.weight!.grad!, first.bias!.grad!, second.weight!.grad! }.SelectMany(gradient => gradient.data<float>().ToArray())];
            NextRandom = rand(1).ToDouble();
        }

        public double Loss { get; }

        public float[] Gradients { get; }

        public double NextRandom { get; }
    }
}
