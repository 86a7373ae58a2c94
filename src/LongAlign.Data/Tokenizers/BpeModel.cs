using System.Text;

namespace LongAlign.Data;

/// <summary>A byte-pair model: turns a word into the ids of its characters or bytes, and merges them.</summary>
internal sealed class BpeModel
{
    private const int LongestOnStack = 256;

    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids;
    private readonly BpeMerges _merges;

    // Bytes of characters without a token mostly don't, and what stands between them is merged alone.
    private readonly bool _bytesMerge;

    /// <param name="ids">The vocabulary.</param>
    /// <param name="merges">The pairs that become one.</param>
    public BpeModel(Dictionary<string, int> ids, BpeMerges merges)
    {
        _ids = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _merges = merges;
    }

    /// <summary>The ids of the 256 bytes, where tokens are of bytes; null where they are of characters.</summary>
    public int[]? Alphabet { get; init; }

    /// <summary>Whether a word of the vocabulary is that token, whatever the merges.</summary>
    public bool TakesWholeWords { get; init; }

    /// <summary>The ids of bytes for characters without a token; negative where a byte has none. Null where there is no such way out.</summary>
    public int[]? Fallback
    {
        get;
        init
        {
            field = value;
            _bytesMerge = value is not null && Array.Exists(value, _merges.Uses);
        }
    }

    /// <summary>The id of characters without a token.</summary>
    public int UnknownId { get; init; } = -1;

    /// <summary>Whether several unknown characters in a row are one token.</summary>
    public bool FusesUnknown { get; init; }

    /// <summary>The ids of the tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>; -1 where a byte has none.</summary>
    public static int[] FindBytes(Dictionary<string, int> ids) => [.. Enumerable.Range(0, 256).Select(b => ids.GetValueOrDefault($"<0x{b:X2}>", -1))];

    /// <summary>Adds the ids of a word to a list.</summary>
    public void AddIds(ReadOnlySpan<char> word, List<int> ids)
    {
        int start = ids.Count;
        if (Alphabet is not null)
        {
            AddBytes(word, ids);
        }
        else if (TakesWholeWords && _ids.TryGetValue(word, out int whole))
        {
            ids.Add(whole);
            return;
        }
        else
        {
            start = AddCharacters(word, ids);
        }

        _merges.Apply(ids, start);
    }

    private void AddBytes(ReadOnlySpan<char> word, List<int> ids)
    {
        byte[]? rented = null;
        int most = Encoding.UTF8.GetMaxByteCount(word.Length);
        Span<byte> bytes = most <= LongestOnStack ? stackalloc byte[LongestOnStack] : rented = System.Buffers.ArrayPool<byte>.Shared.Rent(most);
        bytes = bytes[..Encoding.UTF8.GetBytes(word, bytes)];
        if (!TakesWholeWords || !TryAddWhole(bytes, ids))
        {
            foreach (byte b in bytes)
            {
                ids.Add(Alphabet![b]);
            }
        }

        if (rented is not null)
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private bool TryAddWhole(ReadOnlySpan<byte> bytes, List<int> ids)
    {
        Span<char> letters = bytes.Length <= LongestOnStack ? stackalloc char[LongestOnStack] : new char[bytes.Length];
        ByteLevelAlphabet.Write(bytes, letters);
        if (!_ids.TryGetValue(letters[..bytes.Length], out int whole))
        {
            return false;
        }

        ids.Add(whole);
        return true;
    }

    /// <summary>Adds the ids of characters.</summary>
    /// <returns>The start of those that are not merged yet.</returns>
    private int AddCharacters(ReadOnlySpan<char> word, List<int> ids)
    {
        int start = ids.Count;
        Span<byte> bytes = stackalloc byte[4];
        bool isUnknownDue = false;
        for (int i = 0; i < word.Length;)
        {
            _ = Rune.DecodeFromUtf16(word[i..], out Rune rune, out int length);
            if (_ids.TryGetValue(word.Slice(i, length), out int id))
            {
                AddUnknown();
                ids.Add(id);
            }
            else if (TryAddFallback(bytes[..rune.EncodeToUtf8(bytes)], ref start, ids))
            {
                // Its bytes are added.
            }
            else
            {
                if (!FusesUnknown)
                {
                    AddUnknown();
                }

                isUnknownDue = true;
            }

            i += length;
        }

        AddUnknown();
        return start;

        // The reference holds an unknown token back until a known one comes, past bytes too.
        void AddUnknown()
        {
            if (isUnknownDue)
            {
                ids.Add(UnknownId);
                isUnknownDue = false;
            }
        }
    }

    private bool TryAddFallback(ReadOnlySpan<byte> bytes, ref int start, List<int> ids)
    {
        if (Fallback is null)
        {
            return false;
        }

        foreach (byte b in bytes)
        {
            if (Fallback[b] < 0)
            {
                return false;
            }
        }

        if (!_bytesMerge)
        {
            _merges.Apply(ids, start);
        }

        foreach (byte b in bytes)
        {
            ids.Add(Fallback[b]);
        }

        start = _bytesMerge ? start : ids.Count;
        return true;
    }
}
