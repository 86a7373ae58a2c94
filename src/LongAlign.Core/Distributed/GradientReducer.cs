using LongAlign.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Distributed;

/// <summary>
/// Adds up the gradients of all ranks: many small ones at a time, side by side in a flat buffer, and large ones where they lie.
/// </summary>
/// <remarks>
/// <para>
/// The losses of LongAlign are shares of the step's loss, whose totals come from the plan; so gradients are added and not averaged.
/// Float32 and float64 gradients are added in their dtype, all others in float32, rounded once. The result does not depend on the
/// size of the buffer.
/// </para>
/// <para>
/// A rank whose backward pass did not reach a parameter (it had no micro-batch in the step) gets its gradient from the others; a parameter
/// that no rank has reached keeps none. Not thread-safe. Dispose frees the buffer.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// using GradientReducer reducer = new(group, model.parameters());
/// loss.backward();
/// reducer.Reduce();    // on every rank, after the last micro-batch of the step
/// </code>
/// </example>
public sealed class GradientReducer : IDisposable
{
    /// <summary>The bytes of a flat buffer without a number given: large enough that the start of a call costs little.</summary>
    public const long DefaultBufferBytes = 25 << 20;

    private readonly IProcessGroup _group;
    private readonly Parameter[] _parameters;
    private readonly bool[] _isReached;
    private readonly long _bufferBytes;
    private Tensor? _buffer;

    /// <summary>Makes a reducer.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="parameters">The same parameters in the same order on every rank, on one device; those that require no gradient are passed over, and a tied weight counts once.</param>
    /// <param name="bufferBytes">Bytes of the flat buffer, and the size from which a gradient is added up where it lies; 25 MB by default.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bufferBytes"/> is less than 8.</exception>
    public GradientReducer(IProcessGroup group, IEnumerable<Parameter> parameters, long bufferBytes = DefaultBufferBytes)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentOutOfRangeException.ThrowIfLessThan(bufferBytes, sizeof(double));
        _group = group;
        _parameters = [.. parameters.Where(parameter => parameter.requires_grad).Distinct<Parameter>(SameWeight.Comparer)];
        _isReached = new bool[_parameters.Length];
        _bufferBytes = bufferBytes;
    }

    /// <summary>Replaces the gradient of every parameter by the sum over all ranks.</summary>
    /// <exception cref="ProcessGroupException">The ranks did not meet.</exception>
    public void Reduce()
    {
        if (_group.WorldSize == 1)
        {
            return;
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        AgreeOnReached();
        foreach (IGrouping<ScalarType, Tensor> gradients in Gradients().GroupBy(SumType))
        {
            AddUp(gradients, gradients.Key);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer?.Dispose();

    private static ScalarType SumType(Tensor gradient) => gradient.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;

    /// <summary>Gradients stay once they are there, so nothing is asked any more when every parameter has been reached.</summary>
    private void AgreeOnReached()
    {
        if (!_isReached.Contains(false))
        {
            return;
        }

        using Tensor reached = tensor(Array.ConvertAll(_parameters, parameter => parameter.grad is null ? 0L : 1L));
        _group.AllReduceSum(reached);
        ReadOnlySpan<long> counts = reached.data<long>().ToArray();
        for (int i = 0; i < counts.Length; i++)
        {
            _isReached[i] |= counts[i] > 0;
        }
    }

    private IEnumerable<Tensor> Gradients()
    {
        for (int i = 0; i < _parameters.Length; i++)
        {
            if (_isReached[i])
            {
                yield return _parameters[i].grad ?? (_parameters[i].grad = zeros_like(_parameters[i], requires_grad: false));
            }
        }
    }

    private void AddUp(IEnumerable<Tensor> gradients, ScalarType dtype)
    {
        long capacity = _bufferBytes / (dtype == ScalarType.Float64 ? sizeof(double) : sizeof(float));
        List<Tensor> pieces = [];
        long used = 0;
        foreach (Tensor gradient in gradients)
        {
            bool isContiguous = gradient.is_contiguous();
            long size = gradient.numel();
            if (size >= capacity && isContiguous && gradient.dtype == dtype)
            {
                _group.AllReduceSum(gradient);
                continue;
            }

            // One that is too large and of another dtype or layout goes through the buffer in parts.
            Tensor flat = gradient.reshape(-1);
            for (long start = 0; start < size;)
            {
                long part = Math.Min(size - start, capacity - used);
                pieces.Add(flat.narrow(0, start, part));
                used += part;
                start += part;
                if (used == capacity)
                {
                    Flush();
                }
            }

            if (!isContiguous)
            {
                Flush();
                gradient.copy_(flat.view(gradient.shape));
            }
        }

        Flush();

        void Flush()
        {
            if (used > 0)
            {
                AddUp(pieces, BufferOf(capacity, dtype, pieces[0].device).narrow(0, 0, used));
                pieces.Clear();
                used = 0;
            }
        }
    }

    /// <summary>Adds up pieces that fill a buffer side by side.</summary>
    private void AddUp(List<Tensor> pieces, Tensor buffer)
    {
        Tensor[] places = buffer.split([.. pieces.Select(piece => piece.numel())]);
        foreach ((Tensor place, Tensor piece) in places.Zip(pieces))
        {
            place.copy_(piece);
        }

        _group.AllReduceSum(buffer);
        foreach ((Tensor place, Tensor piece) in places.Zip(pieces))
        {
            piece.copy_(place);
        }
    }

    private Tensor BufferOf(long capacity, ScalarType dtype, Device device)
    {
        if (_buffer?.dtype != dtype)
        {
            _buffer?.Dispose();
            _buffer = empty(capacity, dtype, device).DetachFromDisposeScope();
        }

        return _buffer;
    }
}
