using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>
/// A function with its own gradient whose backward pass may fail. An exception that leaves the <c>backward</c> of a plain
/// TorchSharp function ends the process; here it waits until the backward pass is over.
/// </summary>
/// <typeparam name="T">The function's own type.</typeparam>
/// <remarks>
/// The trainer throws what was kept right after the backward pass of the micro-batch. In your own loop, call
/// <see cref="BackwardPass.ThrowIfFailed"/> there, on the thread that ran the forward pass.
/// </remarks>
public abstract class GuardedFunction<T> : autograd.SingleTensorFunction<T>
    where T : GuardedFunction<T>, new()
{
    private const string Key = nameof(Guard);

    /// <inheritdoc/>
    public sealed override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        ArgumentNullException.ThrowIfNull(vars);
        ctx.save_data(Key, new Guard(vars.Length, RecomputationLog.OfThisThread));
        return Compute(ctx, vars);
    }

    /// <inheritdoc/>
    public sealed override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var guard = (Guard)ctx.get_data(Key);
        try
        {
            List<Tensor> gradients = Differentiate(ctx, grad_output);
            return gradients.Count == guard.Arguments
                ? gradients
                : throw new InvalidOperationException($"{Name} returned {gradients.Count} gradients; expected {guard.Arguments}, one an argument.");
        }
        catch (Exception e)
        {
            guard.Log.Record(e);
            return [.. new Tensor[guard.Arguments]];
        }
    }

    /// <summary>The function. Autograd calls it with gradients off.</summary>
    /// <param name="ctx">Keeps what the backward pass needs.</param>
    /// <param name="arguments">What was given to <c>apply</c>.</param>
    /// <returns>The result.</returns>
    protected abstract Tensor Compute(autograd.AutogradContext ctx, object[] arguments);

    /// <summary>Its gradient. May throw.</summary>
    /// <param name="ctx">What the forward pass kept.</param>
    /// <param name="gradient">The gradient of the result.</param>
    /// <returns>A gradient for each argument; null for those that have none.</returns>
    protected abstract List<Tensor> Differentiate(autograd.AutogradContext ctx, Tensor gradient);

    private sealed record Guard(int Arguments, RecomputationLog Log);
}
