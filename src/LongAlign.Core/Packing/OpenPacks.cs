namespace LongAlign.Packing;

/// <summary>Packs by a key from 0 to a largest one: for each key a list of packs, and a bitmap of the lists that are not empty.</summary>
internal sealed class OpenPacks(int maxKey)
{
    private const int None = -1;

    private readonly BitSet _keys = new(maxKey + 1);
    private readonly int[] _first = new int[maxKey + 1];
    private int[] _next = new int[64];

    /// <summary>The smallest key, not less than <paramref name="key"/>, that has a pack; -1 where there is none.</summary>
    public int NextKey(int key) => _keys.NextSet(key);

    public void Push(int key, int pack)
    {
        if (pack >= _next.Length)
        {
            Array.Resize(ref _next, Math.Max(2 * _next.Length, pack + 1));
        }

        _next[pack] = _keys.Contains(key) ? _first[key] : None;
        _first[key] = pack;
        _keys.Set(key);
    }

    /// <summary>Takes the last pack that came to a key; there is one.</summary>
    public int Pop(int key)
    {
        int pack = _first[key];
        _first[key] = _next[pack];
        if (_first[key] == None)
        {
            _keys.Clear(key);
        }

        return pack;
    }
}
