namespace LongAlign.Data;

/// <summary>Texts in a tree of characters, each with a number: finds those that a text begins with in the time of their length, however many there are.</summary>
internal sealed class TokenTrie
{
    /// <summary>No text, or no way on.</summary>
    public const int None = -1;

    public const int Root = 0;

    private readonly Dictionary<ulong, int> _next = [];
    private readonly List<int> _values = [None];

    /// <summary>Adds a text; of two equal ones the first stays.</summary>
    public void Add(string text, int value)
    {
        int node = Root;
        foreach (char c in text)
        {
            if (!_next.TryGetValue(KeyOf(node, c), out int next))
            {
                next = _values.Count;
                _values.Add(None);
                _next.Add(KeyOf(node, c), next);
            }

            node = next;
        }

        _values[node] = _values[node] == None ? value : _values[node];
    }

    /// <summary>One character further; <see cref="None"/> where no text continues so.</summary>
    public int Next(int node, char c) => _next.TryGetValue(KeyOf(node, c), out int next) ? next : None;

    /// <summary>The number of the text that ends here.</summary>
    public int ValueAt(int node) => _values[node];

    /// <summary>The number of the longest of the texts that a text begins with.</summary>
    public int Longest(ReadOnlySpan<char> text, out int length)
    {
        int longest = None;
        length = 0;
        for (int i = 0, node = Root; i < text.Length && (node = Next(node, text[i])) != None; i++)
        {
            if (_values[node] != None)
            {
                longest = _values[node];
                length = i + 1;
            }
        }

        return longest;
    }

    // Multiplied, as a dictionary of numbers has no good hash itself.
    private static ulong KeyOf(int node, char c) => (((ulong)(uint)node << 16) | c) * 0x9E3779B97F4A7C15;
}
