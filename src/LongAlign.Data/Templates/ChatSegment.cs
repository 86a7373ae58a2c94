namespace LongAlign.Data;

/// <summary>A stretch of a rendered conversation that is tokenized on its own.</summary>
public sealed class ChatSegment
{
    // In three, so that a template can put markers around a long document without a copy of it.
    private readonly string _before;
    private readonly string _content;
    private readonly string _after;

    private bool? _isTarget;

    internal ChatSegment(string content, string before = "", string after = "")
    {
        (_before, _content, _after) = (before, content, after);
    }

    /// <summary>The text, in which special strings are ordinary text; or the name of a special token.</summary>
    public string Text => string.Concat(_before, _content, _after);

    /// <summary>Whether it is an answer: the end of the turn follows.</summary>
    public bool IsAnswer { get; internal init; }

    /// <summary>Whether the model is to learn it. Answers are, but for those of messages that are not.</summary>
    public bool IsTarget { get => _isTarget ?? IsAnswer; init => _isTarget = value; }

    /// <summary>Whether the text is the name of a special token.</summary>
    public bool IsSpecial { get; internal init; }

    /// <summary>Whether it is tokenized as one text with the segment before it, across the border.</summary>
    public bool Joins { get; init; }

    /// <summary>Whether it stands right behind the text before it; otherwise SentencePiece puts a space before it.</summary>
    public bool Continues { get; init; }

    /// <summary>Makes a segment of ordinary text.</summary>
    /// <param name="text">The text; special strings in it stay text.</param>
    /// <returns>The segment.</returns>
    public static ChatSegment Plain(string text) => new(text ?? throw new ArgumentNullException(nameof(text)));

    /// <summary>Makes a segment of a special token.</summary>
    /// <param name="name">Its name, for example <c>&lt;|im_start|&gt;</c>.</param>
    /// <returns>The segment.</returns>
    public static ChatSegment Special(string name) => new(name ?? throw new ArgumentNullException(nameof(name))) { IsSpecial = true };

    /// <summary>Makes a segment of an answer; the template's end of turn follows it.</summary>
    /// <param name="text">The answer.</param>
    /// <returns>The segment.</returns>
    public static ChatSegment Answer(string text) => new(text ?? throw new ArgumentNullException(nameof(text))) { IsAnswer = true };

    /// <summary>The same segment, learned or not.</summary>
    internal ChatSegment WithTarget(bool isTarget)
    {
        if (isTarget == IsTarget)
        {
            return this;
        }

        ChatSegment segment = (ChatSegment)MemberwiseClone();
        segment._isTarget = isTarget;
        return segment;
    }

    /// <summary>The same segment of another text.</summary>
    internal ChatSegment WithText(string text) => new(text) { IsAnswer = IsAnswer, IsTarget = IsTarget, IsSpecial = IsSpecial, Joins = Joins, Continues = Continues };

    /// <summary>Reads the text.</summary>
    /// <param name="buffer">A buffer to join its pieces in, if it has more than one; replaced if it is too short.</param>
    /// <returns>The text, until the buffer is used again.</returns>
    internal ReadOnlySpan<char> Read(ref char[] buffer)
    {
        int length = _before.Length + _content.Length + _after.Length;
        if (length == _content.Length)
        {
            return _content;
        }

        if (buffer.Length < length)
        {
            buffer = new char[Math.Max(length, 2 * buffer.Length)];
        }

        _before.CopyTo(buffer);
        _content.CopyTo(buffer.AsSpan(_before.Length));
        _after.CopyTo(buffer.AsSpan(_before.Length + _content.Length));
        return buffer.AsSpan(0, length);
    }
}
