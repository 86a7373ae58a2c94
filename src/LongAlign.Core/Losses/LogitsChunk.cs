using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Losses;

/// <summary>
/// The logits of a few rows at a time, in memory that is used again for every chunk: fresh memory costs a page fault every 4 KB.
/// </summary>
/// <remarks>
/// With e = exp(z - max z) and s = sum e, the gradient of w CE by the logits is w/s (e - s onehot). It is kept as e - s onehot, and
/// w/s is applied to the sides with [rows, hidden] elements: softmax itself would be one more pass over [rows, vocabulary].
/// </remarks>
internal sealed class LogitsChunk : IDisposable
{
    private readonly Tensor _outputWeight;
    private readonly Tensor _wide;
    private readonly Tensor? _narrow;
    private readonly Scalar _one = 1; // held: one that nobody holds may be finalized while libtorch reads it (docs/ownership.md)
    private Tensor? _exponentials;
    private Tensor? _scale;

    /// <summary>Allocates for a number of rows.</summary>
    /// <param name="rows">The most rows of a chunk.</param>
    /// <param name="outputWeight">[vocabulary, hidden]; borrowed.</param>
    public LogitsChunk(long rows, Tensor outputWeight)
    {
        _outputWeight = outputWeight;
        _wide = empty(rows, outputWeight.shape[0], dtype: ScalarType.Float32, device: outputWeight.device).DetachFromDisposeScope();
        _narrow = outputWeight.dtype == ScalarType.Float32 ? null : empty_like(_wide, outputWeight.dtype).DetachFromDisposeScope();
    }

    /// <summary>Cross entropies, float32 [rows].</summary>
    /// <param name="hidden">[rows, hidden].</param>
    /// <param name="ids">int64 [rows].</param>
    /// <param name="weights">float32 [rows]; the factors of the gradients.</param>
    public Tensor Project(Tensor hidden, Tensor ids, Tensor weights)
    {
        Tensor z = _wide.narrow(0, 0, hidden.shape[0]);
        if (_narrow is null)
        {
            z.addmm_(hidden, _outputWeight.t(), beta: 0, alpha: 1);
        }
        else
        {
            z.copy_(_narrow.narrow(0, 0, hidden.shape[0]).addmm_(hidden, _outputWeight.t(), beta: 0, alpha: 1));
        }

        Tensor columns = ids.unsqueeze(1);
        z.sub_(z.amax([1], keepdim: true));
        Tensor target = z.gather(1, columns);
        z.exp_();
        Tensor sum = z.sum(1, keepdim: true);
        z.scatter_add_(1, columns, -sum);
        (_exponentials, _scale) = (z, weights.unsqueeze(1) / sum);
        return (sum.log() - target).squeeze(1);
    }

    /// <summary>Gradients of the rows just projected.</summary>
    /// <param name="hidden">The rows.</param>
    /// <param name="hiddenGradient">The destination of their gradient.</param>
    /// <param name="weightGradient">The sum that the weight's gradient is added to, float32.</param>
    public void AddGradients(Tensor hidden, Tensor? hiddenGradient, Tensor? weightGradient)
    {
        Tensor e = _narrow is null ? _exponentials! : _narrow.narrow(0, 0, hidden.shape[0]).copy_(_exponentials!);
        hiddenGradient?.addmm_(e, _outputWeight, beta: 0, alpha: 1).mul_(_scale!);
        if (weightGradient is null)
        {
            return;
        }

        Tensor scaled = (hidden * _scale!).to(e.dtype);
        if (_narrow is null)
        {
            weightGradient.addmm_(e.t(), scaled, beta: 1, alpha: 1);
        }
        else
        {
            weightGradient.add_(e.t().mm(scaled), _one);
        }
    }

    public void Dispose()
    {
        _wide.Dispose();
        _narrow?.Dispose();
        _one.Dispose();
    }
}
