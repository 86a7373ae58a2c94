using System.Runtime.CompilerServices;

namespace LongAlign.Packing;

/// <summary>
/// Packs a stream whose length nobody knows: a window of items is held, and when it is full one pack leaves, the longest item and
/// what best fills the rest. Deterministic: the same stream gives the same packs.
/// </summary>
/// <example>
/// <code>
/// StreamingPacker packer = new(capacity: 65_536, window: 10_000);
/// foreach (IReadOnlyList&lt;TokenSequence&gt; pack in packer.Pack(sequences, sequence => sequence.Length))
/// {
///     // at most 65,536 tokens; the stream was read no further than the window
/// }
/// </code>
/// </example>
/// <remarks>Immutable: one packer may pack several streams, at the same time if need be.</remarks>
public sealed class StreamingPacker
{
    /// <summary>Makes a packer.</summary>
    /// <param name="capacity">The most tokens in a pack, from 1 to <see cref="PackingAlgorithm.MaxCapacity"/>.</param>
    /// <param name="window">The most items held, at least 1: the more, the fuller the packs.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public StreamingPacker(int capacity, int window = 10_000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, PackingAlgorithm.MaxCapacity);
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        Capacity = capacity;
        Window = window;
    }

    /// <summary>The most tokens in a pack.</summary>
    public int Capacity { get; }

    /// <summary>The most items held.</summary>
    public int Window { get; }

    /// <summary>The most items in a pack.</summary>
    /// <value>No limit by default.</value>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxSequencesPerPack
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }

    = int.MaxValue;

    /// <summary>Packs items as they come.</summary>
    /// <typeparam name="T">A sequence, or whatever stands for one.</typeparam>
    /// <param name="items">The stream; read one item ahead of need.</param>
    /// <param name="length">Tokens of an item, at least 1.</param>
    /// <param name="leftOut">Gets every item that is longer than the capacity; without it such an item is an error.</param>
    /// <returns>The packs: every item in exactly one, or handed to <paramref name="leftOut"/>.</returns>
    /// <exception cref="InvalidDataException">An item has no tokens or is too long; the message has its number in the stream, from 0.</exception>
    public IEnumerable<IReadOnlyList<T>> Pack<T>(IEnumerable<T> items, Func<T, int> length, Action<T>? leftOut = null)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(length);
        return Iterate();

        IEnumerable<IReadOnlyList<T>> Iterate()
        {
            PackingWindow<T> window = new(this, length, leftOut);
            foreach (T item in items)
            {
                window.Add(item);
                if (window.IsFull)
                {
                    yield return window.TakePack();
                }
            }

            while (!window.IsEmpty)
            {
                yield return window.TakePack();
            }
        }
    }

    /// <summary>Packs items as they come.</summary>
    /// <typeparam name="T">A sequence, or whatever stands for one.</typeparam>
    /// <param name="items">The stream; read one item ahead of need.</param>
    /// <param name="length">Tokens of an item, at least 1.</param>
    /// <param name="leftOut">Gets every item that is longer than the capacity; without it such an item is an error.</param>
    /// <param name="cancellationToken">Ends the stream with an <see cref="OperationCanceledException"/>.</param>
    /// <inheritdoc cref="Pack" path="/returns|/exception"/>
    public IAsyncEnumerable<IReadOnlyList<T>> PackAsync<T>(
        IAsyncEnumerable<T> items, Func<T, int> length, Action<T>? leftOut = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(length);
        return IterateAsync(items, length, leftOut, cancellationToken);
    }

    private async IAsyncEnumerable<IReadOnlyList<T>> IterateAsync<T>(
        IAsyncEnumerable<T> items, Func<T, int> length, Action<T>? leftOut, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        PackingWindow<T> window = new(this, length, leftOut);
        await foreach (T item in items.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            cancellationToken.ThrowIfCancellationRequested(); // not every stream asks
            window.Add(item);
            if (window.IsFull)
            {
                yield return window.TakePack();
            }
        }

        while (!window.IsEmpty)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return window.TakePack();
        }
    }
}
