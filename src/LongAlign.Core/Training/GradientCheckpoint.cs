using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>
/// Gradient checkpointing (Chen et al. 2016): what a function computes on the way is forgotten and computed again in the backward
/// pass. A layer then costs the memory of its inputs, and about a third more time.
/// </summary>
public static class GradientCheckpoint
{
    private static ExceptionDispatchInfo? s_fault;

    /// <summary>Runs a function without keeping what it computes; its gradients are exact, those of parameters that it uses included.</summary>
    /// <param name="function">
    /// From tensors like <paramref name="inputs"/> to one tensor; runs again in the backward pass, with the same random numbers on the CPU.
    /// It may use parameters, and no other tensor that needs a gradient or is disposed before the backward pass.
    /// </param>
    /// <param name="inputs">At least one tensor; they are kept for the backward pass.</param>
    /// <returns>What the function returned.</returns>
    /// <remarks>
    /// Without an input that requires a gradient, or under <c>no_grad</c>, the function just runs. An exception in the second run can't pass
    /// through libtorch: gradients are then zeros, and <see cref="ThrowIfFailed"/>, to be called after <c>backward()</c>, throws it.
    /// </remarks>
    /// <exception cref="ArgumentException">There is no input.</exception>
    public static Tensor Run(Func<IReadOnlyList<Tensor>, Tensor> function, params Tensor[] inputs)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Length == 0)
        {
            throw new ArgumentException("There are no inputs; expected at least one.", nameof(inputs));
        }

        return is_grad_enabled() && inputs.Any(input => input.requires_grad)
            ? GradientCheckpointFunction.Run(function, inputs)
            : function(inputs);
    }

    /// <summary>Throws what went wrong in a backward pass, once. The trainer calls it after every backward pass.</summary>
    public static void ThrowIfFailed() => Interlocked.Exchange(ref s_fault, null)?.Throw();

    internal static void Fail(Exception error) => Interlocked.CompareExchange(ref s_fault, ExceptionDispatchInfo.Capture(error), null);
}
