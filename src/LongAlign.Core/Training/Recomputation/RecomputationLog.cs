using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>
/// What recomputations and guarded functions of one forward thread leave behind. On CUDA the backward pass runs on another thread, while this one waits.
/// </summary>
internal sealed class RecomputationLog
{
    [ThreadStatic]
    private static RecomputationLog? t_current;

    private List<Tensor> _gradients = [];
    private Exception? _fault;

    public static RecomputationLog OfThisThread => t_current ??= new RecomputationLog();

    /// <summary>Keeps gradients until autograd has taken them over, which is after <c>backward</c> has returned them.</summary>
    public void Keep(List<Tensor> gradients)
    {
        _gradients.ForEach(gradient => gradient.Dispose());
        _gradients = gradients;
    }

    /// <summary>An exception must not leave <c>backward</c>: it would end the process.</summary>
    public void Record(Exception fault) => _fault ??= fault;

    public void Clear()
    {
        Keep([]);
        if (_fault is { } fault)
        {
            _fault = null;
            throw new InvalidOperationException("The backward pass failed, and gradients are incomplete: " + fault.Message, fault);
        }
    }
}
