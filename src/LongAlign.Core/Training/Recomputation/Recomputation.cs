using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>The node of <see cref="GradientCheckpoint"/> in the autograd graph.</summary>
internal sealed class Recomputation : autograd.SingleTensorFunction<Recomputation>
{
    private const string Key = nameof(Piece);

    public override string Name => nameof(GradientCheckpoint);

    public static Tensor Record(Func<IReadOnlyList<Tensor>, Tensor> function, Tensor[] inputs)
        => apply([.. inputs, function]);

    /// <summary>Autograd calls this with gradients off.</summary>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        Tensor[] inputs = [.. vars.OfType<Tensor>()];
        var function = (Func<IReadOnlyList<Tensor>, Tensor>)vars[^1];

        using DisposeScope scope = NewDisposeScope();
        RandomState state = RandomState.Begin(inputs[0].device);
        Tensor output = function(inputs);

        // What is saved must be alive when this method returns.
        ctx.save_for_backward([.. inputs, state.Cpu.MoveToOuterDisposeScope()]);
        ctx.save_data(Key, new Piece(function, inputs.Length, state.CudaSeed, RecomputationLog.OfThisThread));
        ctx.set_materialize_grads(false);
        return (Array.Exists(inputs, input => ReferenceEquals(input, output)) ? output.alias() : output).MoveToOuterDisposeScope();
    }

    /// <summary>Never throws: the process would end without an exception to catch.</summary>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var piece = (Piece)ctx.get_data(Key);
        Tensor?[] gradients = new Tensor?[piece.InputCount + 1]; // one an input, and null for the function
        try
        {
            using DisposeScope scope = NewDisposeScope();
            List<Tensor> saved = ctx.get_saved_variables();
            if (!grad_output.IsInvalid)
            {
                Recompute(piece, saved, grad_output).CopyTo(gradients, 0);
                grad_output.Dispose();
            }
        }
        catch (Exception e)
        {
            piece.Log.Record(e);
        }

        piece.Log.Keep([.. gradients.OfType<Tensor>()]);
        return new List<Tensor>(gradients!);
    }

    /// <summary>Gradients of the inputs, outside of every dispose scope; those of parameters go to the parameters.</summary>
    private static Tensor?[] Recompute(Piece piece, List<Tensor> saved, Tensor outputGradient)
    {
        using IDisposable grad = enable_grad();
        Tensor[] inputs = [.. saved[..^1].Select(input => input.detach().requires_grad_(input.requires_grad))];
        Tensor output = new RandomState(saved[^1], piece.CudaSeed).Replay(() => piece.Function(inputs));
        if (output.requires_grad)
        {
            output.backward([outputGradient]);
        }

        return Array.ConvertAll(inputs, input => input.grad?.DetachFromDisposeScope());
    }

    private sealed record Piece(Func<IReadOnlyList<Tensor>, Tensor> Function, int InputCount, long? CudaSeed, RecomputationLog Log);
}
