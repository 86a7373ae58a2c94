using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>The node of <see cref="GradientCheckpoint"/> in the autograd graph.</summary>
internal sealed class Recomputation : autograd.SingleTensorFunction<Recomputation>
{
    private const string Key = nameof(Piece);

    public override string Name => nameof(GradientCheckpoint);

    public static Tensor Record(Func<IReadOnlyList<Tensor>, Tensor> function, Tensor[] inputs, ObservedPiece? observed)
        => apply([.. inputs, new Piece(function, inputs.Length, observed)]);

    /// <summary>Autograd calls this with gradients off.</summary>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        Tensor[] inputs = [.. vars.OfType<Tensor>()];
        var piece = (Piece)vars[^1];

        using DisposeScope scope = NewDisposeScope();
        RandomState state = RandomState.Begin(inputs[0].device);
        piece.Observed?.Begin();
        Tensor output = piece.Function(inputs);
        piece.Observed?.End(isBackward: false);

        // What is saved must be alive when this method returns.
        ctx.save_for_backward([.. inputs, state.Cpu.MoveToOuterDisposeScope()]);
        ctx.save_data(Key, new Recorded(piece, state.CudaSeed, RecomputationLog.OfThisThread));
        ctx.set_materialize_grads(false);
        return (Array.Exists(inputs, input => ReferenceEquals(input, output)) ? output.alias() : output).MoveToOuterDisposeScope();
    }

    /// <summary>Never throws: the process would end without an exception to catch.</summary>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        (Piece piece, long? cudaSeed, RecomputationLog log) = (Recorded)ctx.get_data(Key);
        Tensor?[] gradients = new Tensor?[piece.InputCount + 1]; // one an input, and null for the function
        try
        {
            using DisposeScope scope = NewDisposeScope();
            List<Tensor> saved = ctx.get_saved_variables();
            if (!grad_output.IsInvalid)
            {
                Recompute(piece, cudaSeed, saved, grad_output).CopyTo(gradients, 0);
                grad_output.Dispose();
            }
        }
        catch (Exception e)
        {
            log.Record(e);
        }

        log.Keep([.. gradients.OfType<Tensor>()]);
        return new List<Tensor>(gradients!);
    }

    /// <summary>Gradients of the inputs, outside of every dispose scope; those of parameters go to the parameters.</summary>
    private static Tensor?[] Recompute(Piece piece, long? cudaSeed, List<Tensor> saved, Tensor outputGradient)
    {
        piece.Observed?.Begin();
        using IDisposable grad = enable_grad();
        Tensor[] inputs = [.. saved[..^1].Select(input => input.detach().requires_grad_(input.requires_grad))];
        Tensor output = new RandomState(saved[^1], cudaSeed).Replay(() => piece.Function(inputs));
        if (output.requires_grad)
        {
            output.backward([outputGradient]);
        }

        piece.Observed?.End(isBackward: true);
        return Array.ConvertAll(inputs, input => input.grad?.DetachFromDisposeScope());
    }

    private sealed record Piece(Func<IReadOnlyList<Tensor>, Tensor> Function, int InputCount, ObservedPiece? Observed);

    private sealed record Recorded(Piece Piece, long? CudaSeed, RecomputationLog Log);
}
