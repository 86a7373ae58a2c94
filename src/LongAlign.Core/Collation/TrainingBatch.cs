using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Collation;

/// <summary>
/// The tensors of one micro-batch. The batch owns them: dispose the batch after its backward pass, not before, because its memory
/// is then used for another batch.
/// </summary>
/// <remarks>
/// <para>
/// Its four tensors have the same shape, [tokens] for a <see cref="PackedBatch"/> and [rows, columns] for a
/// <see cref="PaddedBatch"/>, on the CPU unless moved by <see cref="MoveTo"/>. A disposed batch throws <see cref="ObjectDisposedException"/> where one is asked for.
/// </para>
/// <para>
/// Where ranks share a pack (<see cref="PackLayout.Part"/>), what a model reads, <see cref="InputIds"/> and <see cref="PositionIds"/>, has the tokens of
/// this rank alone; labels, weights and all numbers stay those of the whole pack.
/// </para>
/// </remarks>
public abstract class TrainingBatch : IDisposable
{
    private readonly Dictionary<string, Tensor> _extras = new(StringComparer.Ordinal);
    private BatchBuffers? _buffers;
    private bool _isDisposed;

    /// <summary>Takes over the buffers that a writer has filled.</summary>
    private protected TrainingBatch(in BatchWriter written, long[] shape, PackLayout layout, StepTotals? totals)
    {
        _buffers = written.Buffers;
        (InputIds, Labels, PositionIds, LossWeights) = _buffers.View(shape);
        Layout = layout;
        SequenceCount = written.SequenceCount;
        RealTokenCount = written.RealTokenCount;
        TargetCount = written.TargetCount;
        Totals = totals ?? written.OwnTotals;
    }

    /// <summary>Token ids, int64; 0 in padding.</summary>
    public Tensor InputIds { get => IfNotDisposed(field); private protected set; }

    /// <summary>Labels, int64, not shifted; -100 where there is no target, the first token of a sequence included.</summary>
    public Tensor Labels { get => IfNotDisposed(field); private protected set; }

    /// <summary>Positions, int64, from 0 in every sequence; 0 in padding.</summary>
    public Tensor PositionIds { get => IfNotDisposed(field); private protected set; }

    /// <summary>1/N_i on the N_i target tokens of sequence i, 0 elsewhere; float32, aligned with <see cref="Labels"/>.</summary>
    public Tensor LossWeights { get => IfNotDisposed(field); private protected set; }

    /// <summary>
    /// The places of the sequences in the flattened tensors. In a padded batch each row is one sequence as wide as the batch, because
    /// with causal attention nothing real attends to padding on the right.
    /// </summary>
    public PackLayout Layout { get; private protected set; }

    /// <summary>Sequences in the batch.</summary>
    public int SequenceCount { get; }

    /// <summary>Tokens without padding.</summary>
    public int RealTokenCount { get; }

    /// <summary>Tokens with padding: elements of each tensor, of which a rank that shares the pack has a part.</summary>
    public int TokenCount => Layout.TokenCount;

    /// <summary>Target tokens.</summary>
    public int TargetCount { get; }

    /// <summary>The counts that the loss of the whole step is divided by.</summary>
    public StepTotals Totals { get; }

    /// <summary>A further tensor of the batch, for your own loss.</summary>
    /// <param name="name">The name that it was added under.</param>
    /// <exception cref="KeyNotFoundException">There is no such tensor; the message names those that there are.</exception>
    public Tensor this[string name] => _extras.TryGetValue(name, out Tensor? extra)
        ? extra
        : throw new KeyNotFoundException($"The batch has no tensor '{name}'; it has {(_extras.Count == 0 ? "no further ones" : string.Join(", ", _extras.Keys))}.");

    /// <summary>Adds a further tensor, such as a teacher's answers: it moves with the batch and is disposed with it.</summary>
    /// <param name="name">A name that the batch does not have yet.</param>
    /// <param name="tensor">The tensor, of any shape; the batch owns it from now on.</param>
    /// <exception cref="ArgumentException">The batch has a tensor of that name.</exception>
    public void Add(string name, Tensor tensor)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(tensor);
        if (!_extras.TryAdd(name, tensor))
        {
            throw new ArgumentException($"The batch has a tensor '{name}' already.", nameof(name));
        }

        tensor.DetachFromDisposeScope();
    }

    /// <summary>Moves the tensors to a device; those on another device are disposed.</summary>
    /// <param name="device">The device of the model.</param>
    public void MoveTo(Device device)
    {
        InputIds = Moved(InputIds, device);
        Labels = Moved(Labels, device);
        PositionIds = Moved(PositionIds, device);
        LossWeights = Moved(LossWeights, device);
        foreach ((string name, Tensor extra) in _extras.ToArray())
        {
            _extras[name] = Moved(extra, device);
        }

        if (device.type != DeviceType.CPU)
        {
            ReturnBuffers();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        InputIds.Dispose();
        Labels.Dispose();
        PositionIds.Dispose();
        LossWeights.Dispose();
        foreach (Tensor extra in _extras.Values)
        {
            extra.Dispose();
        }

        ReturnBuffers();
        _isDisposed = true;
        GC.SuppressFinalize(this);
    }

    private Tensor IfNotDisposed(Tensor tensor)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return tensor;
    }

    /// <summary>Once: a batch that was moved has returned them before.</summary>
    private void ReturnBuffers() => Interlocked.Exchange(ref _buffers, null)?.Return();

    private static Tensor Moved(Tensor tensor, Device device) => tensor.to(device, disposeAfter: true);
}
