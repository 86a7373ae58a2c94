using LongAlign.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>
/// Gradient checkpointing (Chen et al. 2016): the forward pass of a piece of a model keeps its inputs alone, and the backward pass
/// computes the piece again. Memory falls to one hidden state a piece, time grows by one forward pass; the gradients are the same.
/// </summary>
/// <example>
/// <code>
/// foreach (nn.Module&lt;Tensor, Tensor&gt; layer in layers)
/// {
///     hidden = GradientCheckpoint.Run(layer, inputs => layer.forward(inputs[0]), hidden);
/// }
/// </code>
/// </example>
/// <remarks>
/// <para>
/// Random numbers of the second computation are those of the first, so dropout drops the same elements. On CUDA, where TorchSharp
/// does not read the random state, the piece runs from a seed drawn on the CPU.
/// </para>
/// <para>
/// Tensors that need a gradient must be among the inputs, or be parameters: the gradient of parameters goes to their <c>grad</c>,
/// whatever <c>backward</c> or <c>autograd.grad</c> was asked for. Other tensors that the function reads must live until the
/// backward pass, unless they are among the inputs. Inputs must not be changed in place.
/// </para>
/// <para>
/// Give the module that a piece computes with, if there is one: <see cref="LongAlignTrainerBuilder.UseSharding"/> then gathers its weights
/// for it, and gives its gradients away when its backward pass ends. <see cref="RunWhereSharded"/> does so with a piece that is kept otherwise.
/// </para>
/// </remarks>
public static class GradientCheckpoint
{
    /// <summary>The observer of the pieces that this thread computes.</summary>
    [ThreadStatic]
    private static IPieceObserver? t_observer;

    /// <summary>Whether ranks share gradients or weights of the pieces that this thread computes.</summary>
    internal static bool IsSharded => t_observer is not null;

    /// <summary>Runs a piece of a model of one input.</summary>
    /// <param name="function">The piece; the backward pass calls it again.</param>
    /// <param name="input">What goes into it.</param>
    /// <returns>What the function returns; the caller owns it.</returns>
    /// <inheritdoc cref="Run(Func{IReadOnlyList{Tensor}, Tensor}, Tensor[])" path="/exception"/>
    public static Tensor Run(Func<Tensor, Tensor> function, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(function);
        return Run(inputs => function(inputs[0]), [input]);
    }

    /// <summary>Runs a piece of a model of several inputs.</summary>
    /// <param name="function">The piece; the backward pass calls it again.</param>
    /// <param name="inputs">What goes into it; kept until the backward pass; at least one.</param>
    /// <returns>What the function returns; the caller owns it. Without gradients (under <c>no_grad</c>) nothing is kept.</returns>
    /// <exception cref="ArgumentException">There is no input.</exception>
    /// <exception cref="InvalidOperationException">A piece failed in a backward pass before, which could not say so itself.</exception>
    public static Tensor Run(Func<IReadOnlyList<Tensor>, Tensor> function, params Tensor[] inputs) => Run(function, inputs, module: null);

    /// <summary>Runs a piece of a model whose weights are those of a module.</summary>
    /// <param name="module">The module: all parameters that the function reads.</param>
    /// <param name="function">The piece; the backward pass calls it again.</param>
    /// <param name="inputs">What goes into it; kept until the backward pass; at least one.</param>
    /// <returns>What the function returns; the caller owns it. Without gradients (under <c>no_grad</c>) nothing is kept.</returns>
    /// <inheritdoc cref="Run(Func{IReadOnlyList{Tensor}, Tensor}, Tensor[])" path="/exception"/>
    public static Tensor Run(nn.Module module, Func<IReadOnlyList<Tensor>, Tensor> function, params Tensor[] inputs)
    {
        ArgumentNullException.ThrowIfNull(module);
        return Run(function, inputs, module);
    }

    /// <summary>
    /// Runs a piece that is worth computing again only where ranks share its gradients or weights (<see cref="LongAlignTrainerBuilder.UseSharding"/>), such as an embedding
    /// or the vocabulary projection: there it is <see cref="Run(nn.Module, Func{IReadOnlyList{Tensor}, Tensor}, Tensor[])"/>, elsewhere a plain call.
    /// </summary>
    /// <inheritdoc cref="Run(nn.Module, Func{IReadOnlyList{Tensor}, Tensor}, Tensor[])" path="/param"/>
    /// <returns>What the function returns; the caller owns it.</returns>
    /// <inheritdoc cref="Run(Func{IReadOnlyList{Tensor}, Tensor}, Tensor[])" path="/exception"/>
    public static Tensor RunWhereSharded(nn.Module module, Func<IReadOnlyList<Tensor>, Tensor> function, params Tensor[] inputs)
    {
        ArgumentNullException.ThrowIfNull(function);
        return IsSharded ? Run(module, function, inputs) : function(inputs);
    }

    /// <summary>From now on an observer is told of the pieces that this thread computes; null ends it.</summary>
    internal static void Observe(IPieceObserver? observer) => t_observer = observer;

    private static Tensor Run(Func<IReadOnlyList<Tensor>, Tensor> function, Tensor[] inputs, nn.Module? module)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(inputs);
        TorchRuntime.EnsureAvailable();
        EndBackward();
        if (inputs is [])
        {
            throw new ArgumentException("Expected at least one input.", nameof(inputs));
        }

        ObservedPiece? piece = module is not null && t_observer is { } observer ? new ObservedPiece(module, observer) : null;
        bool isOfInputs = Array.Exists(inputs, input => input.requires_grad);
        if (!is_grad_enabled() || (!isOfInputs && module?.parameters().Any(parameter => parameter.requires_grad) == false))
        {
            piece?.Begin();
            Tensor output = function(inputs);
            piece?.End(isBackward: false);
            return output;
        }

        // A piece whose inputs need no gradient (token ids, or what is behind a frozen embedding) is recorded for its parameters' sake: one more input stands for them.
        using DisposeScope scope = NewDisposeScope();
        return (isOfInputs
            ? Recomputation.Record(function, inputs, piece)
            : Recomputation.Record(recorded => function([.. recorded.Take(inputs.Length)]), [.. inputs, zeros(1, device: inputs[0].device, requires_grad: true)], piece))
            .MoveToOuterDisposeScope();
    }

    /// <summary>After a backward pass: frees what it left behind and says what went wrong in it.</summary>
    internal static void EndBackward() => RecomputationLog.OfThisThread.Clear();
}
