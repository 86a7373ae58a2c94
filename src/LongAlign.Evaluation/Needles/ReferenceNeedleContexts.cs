using LongAlign.Data;

namespace LongAlign.Evaluation.Needles;

/// <summary>
/// Contexts with a needle, token for token as the reference makes them (THUDM/LongAlign, <c>Needle_test/prompt.py</c>), with any tokenizer:
/// the full stop before the needle is found by its text, where the reference has ChatGLM's id of it.
/// </summary>
/// <remarks>For comparison with published heat maps. <see cref="NeedleTest"/> makes better ones.</remarks>
public sealed class ReferenceNeedleContexts
{
    private readonly ModelTokenizer _tokenizer;
    private readonly int _prefixLength;
    private readonly string _text;
    private readonly int[] _ids;
    private readonly Dictionary<int, bool> _isFullStop = [];

    /// <summary>Reads a haystack.</summary>
    /// <param name="tokenizer">The tokenizer of the model under test.</param>
    /// <param name="haystack">The text, repeated until it has the longest length.</param>
    /// <param name="maxLength">The longest length of the grid, in tokens.</param>
    public ReferenceNeedleContexts(ModelTokenizer tokenizer, Haystack haystack, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(haystack);
        _tokenizer = tokenizer;
        _prefixLength = tokenizer.PrefixIds.Length;
        _text = haystack.Repeat(maxLength, text => _prefixLength + _tokenizer.CountTokens(text));
        _ids = [.. _tokenizer.Encode(_text)];
    }

    /// <summary>The tokens of the repeated haystack, those that begin a sequence included.</summary>
    public int HaystackTokenCount => _prefixLength + _ids.Length;

    /// <summary>Makes the context of a cell.</summary>
    /// <param name="needle">The needle's text, line ends on both sides included.</param>
    /// <param name="length">The cell's length in tokens.</param>
    /// <param name="depth">The cell's depth in per cent.</param>
    /// <param name="buffer">Tokens kept free for question and template; the reference's 200 by default.</param>
    /// <returns>
    /// The context: at most <paramref name="length"/> - <paramref name="buffer"/> tokens. Where needle and buffer leave no room, more than that, as the
    /// reference's: a length that short says nothing.
    /// </returns>
    public NeedleContext Create(string needle, int length, double depth, int buffer = 200)
    {
        ArgumentException.ThrowIfNullOrEmpty(needle);
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(depth, 100);
        int[] needleIds = [.. _tokenizer.Encode(needle)];
        int room = length - buffer - needleIds.Length;
        // The reference counts the ids that begin a sequence when it cuts the haystack, and not when it inserts.
        string trimmed = HaystackTokenCount > length ? _tokenizer.Decode(_ids.AsSpan(0, Math.Max(0, length - _prefixLength))) : _text;
        int[] ids = [.. _tokenizer.Encode(trimmed)];
        int trimmedCount = ids.Length;
        if (ids.Length > room)
        {
            // Python counts a negative end from the back.
            ids = ids[..(room >= 0 ? room : Math.Max(0, ids.Length + room))];
        }

        int requested = depth == 100 ? ids.Length : (int)(ids.Length * (depth / 100));
        int at = requested;
        while (depth < 100 && at > 0 && !IsFullStop(ids[at - 1]))
        {
            at--;
        }

        int[] whole = [.. ids[..at], .. needleIds, .. ids[at..]];
        return new NeedleContext { Text = _tokenizer.Decode(whole), TokenCount = whole.Length, NeedleTokenIndex = at, RequestedTokenIndex = requested, TrimmedTokenCount = trimmedCount };
    }

    /// <summary>Makes the prompts of a grid: lengths, in each depths, one trial each.</summary>
    /// <param name="needle">The needle; its text with line ends on both sides.</param>
    /// <param name="lengths">The cells' lengths in tokens.</param>
    /// <param name="depths">The cells' depths in per cent.</param>
    /// <param name="instruction">The text before the context: the reference's system message; null for nothing.</param>
    /// <param name="buffer">As for <see cref="Create"/>.</param>
    /// <returns>The prompts. Their <see cref="NeedlePrompt.TokenCount"/> is that of the context alone, as is the reference's length.</returns>
    public IReadOnlyList<NeedlePrompt> CreatePrompts(
        Needle needle, IReadOnlyList<int> lengths, IReadOnlyList<double> depths, string? instruction = null, int buffer = 200)
    {
        ArgumentNullException.ThrowIfNull(needle);
        ArgumentNullException.ThrowIfNull(lengths);
        ArgumentNullException.ThrowIfNull(depths);
        int needleTokens = _tokenizer.CountTokens(needle.Text);
        return [.. lengths.SelectMany(_ => depths, (length, depth) =>
        {
            NeedleContext context = Create(needle.Text, length, depth, buffer);
            double actual = 100.0 * context.NeedleTokenIndex / Math.Max(1, context.TokenCount - needleTokens);
            return new NeedlePrompt { Length = length, Depth = depth, Trial = 0, Needle = needle, Text = context.ToPrompt(needle.Question, instruction), TokenCount = context.TokenCount, ActualDepth = actual };
        })];
    }

    private bool IsFullStop(int id)
    {
        if (!_isFullStop.TryGetValue(id, out bool isFullStop))
        {
            _isFullStop[id] = isFullStop = _tokenizer.Decode([id]) == ".";
        }

        return isFullStop;
    }
}
