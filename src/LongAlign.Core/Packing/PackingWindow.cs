namespace LongAlign.Packing;

/// <summary>Items that wait for a pack, by length.</summary>
/// <param name="packer">Capacity, window and cap.</param>
/// <param name="lengthOf">Tokens of an item.</param>
/// <param name="leftOut">Gets items that are too long.</param>
internal sealed class PackingWindow<T>(StreamingPacker packer, Func<T, int> lengthOf, Action<T>? leftOut)
{
    // Slots are filed under what an item leaves of the capacity: the next key is then the longest item that fits.
    private readonly OpenPacks _byRest = new(packer.Capacity);
    private readonly List<T> _slots = [];
    private readonly Stack<int> _freeSlots = [];
    private long _seen;

    public bool IsEmpty => _freeSlots.Count == _slots.Count;

    public bool IsFull => _slots.Count - _freeSlots.Count == packer.Window;

    public void Add(T item)
    {
        int length = lengthOf(item);
        long number = _seen++;
        if (length > packer.Capacity && leftOut is not null)
        {
            leftOut(item);
            return;
        }

        if (length < 1 || length > packer.Capacity)
        {
            throw new InvalidDataException($"Item {number} of the stream has {length} tokens; expected from 1 to {packer.Capacity}.");
        }

        if (!_freeSlots.TryPop(out int slot))
        {
            slot = _slots.Count;
            _slots.Add(item);
        }

        _slots[slot] = item;
        _byRest.Push(packer.Capacity - length, slot);
    }

    /// <summary>The longest item, then again and again the longest that still fits.</summary>
    public T[] TakePack()
    {
        List<T> pack = [];
        int tokens = 0;
        while (pack.Count < packer.MaxSequencesPerPack && _byRest.NextKey(tokens) is var rest and >= 0)
        {
            int slot = _byRest.Pop(rest);
            pack.Add(_slots[slot]);
            _slots[slot] = default!;
            _freeSlots.Push(slot);
            tokens += packer.Capacity - rest;
        }

        return [.. pack];
    }
}
