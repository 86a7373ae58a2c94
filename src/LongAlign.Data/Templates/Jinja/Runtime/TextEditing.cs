namespace LongAlign.Data.Templates.Jinja;

/// <summary>Texts made of other texts.</summary>
internal static class TextEditing
{
    /// <param name="text">The text.</param>
    /// <param name="characters">The characters to remove at its ends; white space where it is null.</param>
    /// <param name="left">Whether at the beginning.</param>
    /// <param name="right">Whether at the end.</param>
    public static Text Strip(Text text, string? characters, bool left, bool right)
    {
        string value = text.Value;
        int start = 0;
        int end = value.Length;
        while (left && start < end && IsStripped(start, out int length) && start + length <= end)
        {
            start += length;
        }

        while (right && end > start && IsStripped(end > start + 1 && char.IsSurrogatePair(value, end - 2) ? end - 2 : end - 1, out int length))
        {
            end -= length;
        }

        return text.Substring(start, end - start);

        bool IsStripped(int at, out int length)
        {
            length = char.IsSurrogatePair(value, at) ? 2 : 1;
            return characters is null ? PythonText.IsSpace(value[at]) : characters.AsSpan().IndexOf(value.AsSpan(at, length)) >= 0;
        }
    }

    public static JinjaList Split(Text text, BoundArguments arguments, bool fromRight)
    {
        int most = arguments.Int(1, -1);
        most = most < 0 ? int.MaxValue : most;
        List<(int Start, int End)> parts = arguments.IsSet(0) ? BySeparator(text.Value, arguments.Text(0).Value, most, fromRight) : BySpace(text.Value, most, fromRight);
        return new JinjaList([.. parts.Select(part => text.Substring(part.Start, part.End - part.Start))]);
    }

    public static JinjaList SplitLines(Text text, bool keepsEnds)
    {
        List<object?> lines = [];
        string value = text.Value;
        for (int start = 0; start < value.Length;)
        {
            int end = start;
            while (end < value.Length && !PythonText.IsLineEnd(value[end]))
            {
                end++;
            }

            int next = end < value.Length ? end + (value[end] == '\r' && end + 1 < value.Length && value[end + 1] == '\n' ? 2 : 1) : end;
            lines.Add(text.Substring(start, (keepsEnds ? next : end) - start));
            Iteration.ThrowIfTooMany(lines.Count);
            start = next;
        }

        return new JinjaList(lines);
    }

    public static JinjaTuple Partition(Text text, Text separator, bool fromRight)
    {
        if (separator.Value.Length == 0)
        {
            throw new JinjaException("the separator is empty");
        }

        int at = fromRight ? text.Value.LastIndexOf(separator.Value, StringComparison.Ordinal) : text.Value.IndexOf(separator.Value, StringComparison.Ordinal);
        return at < 0
            ? fromRight ? new JinjaTuple(Text.Empty, Text.Empty, text) : new JinjaTuple(text, Text.Empty, Text.Empty)
            : new JinjaTuple(text.Substring(0, at), text.Substring(at, separator.Value.Length), text.Substring(at + separator.Value.Length));
    }

    public static Text Replace(Text text, string old, Text replacement, int count)
    {
        if (text.IsMarkup)
        {
            replacement = Html.Escape(replacement);
        }

        TextBuilder builder = new();
        string value = text.Value;
        int done = 0;
        for (int at = 0; count != 0 && at <= value.Length; count--)
        {
            int found = value.IndexOf(old, at, StringComparison.Ordinal);
            if (found < 0)
            {
                break;
            }

            builder.Append(text, done, found - done).Append(replacement);
            done = found + old.Length;

            // An empty text is found before each code point and at the end.
            at = old.Length > 0 ? done : found + (found < value.Length && char.IsSurrogatePair(value, found) ? 2 : 1);
        }

        return builder.Append(text, done, value.Length - done).ToText(text.IsMarkup);
    }

    public static Text Join(Text separator, IReadOnlyList<object?> items, bool onlyTexts)
    {
        TextBuilder builder = new();
        for (int i = 0; i < items.Count; i++)
        {
            if (onlyTexts && items[i] is not Text)
            {
                throw new JinjaException($"join() takes texts; item {i} is a {TypeNames.Of(items[i])}");
            }

            builder.Append(i > 0 ? separator : Text.Empty);
            builder.Append(separator.IsMarkup ? Html.Escape(Printing.ToText(items[i])) : Printing.ToText(items[i]));
        }

        return builder.ToText(separator.IsMarkup);
    }

    public static Text Pad(Text text, int width, Text fill, Side side)
    {
        int missing = Math.Max(0, width - text.Length);
        if (fill.Length != 1)
        {
            throw new JinjaException("what a text is filled up with is one character");
        }

        // As Python: the odd one of a text that is centred is on the left where the width is odd.
        int before = side switch { Side.Left => missing, Side.Right => 0, _ => (missing / 2) + (missing & width & 1) };
        TextBuilder builder = new();
        Fill(before);
        builder.Append(text);
        Fill(missing - before);
        return builder.ToText(text.IsMarkup);

        void Fill(int count)
        {
            for (int i = 0; i < count; i++)
            {
                builder.Append(fill);
            }
        }
    }

    public static Text ZeroFill(Text text, int width)
    {
        bool isSigned = text.Value is ['+' or '-', ..];
        Text digits = Pad(isSigned ? text.Substring(1) : text, isSigned ? width - 1 : width, Text.Literal("0"), Side.Left);
        return isSigned ? Arithmetic.Join(text.Substring(0, 1), digits) : digits;
    }

    public static Text ExpandTabs(Text text, int size)
    {
        TextBuilder builder = new();
        int column = 0;
        for (int i = 0; i < text.Value.Length; i++)
        {
            char c = text.Value[i];
            if (c == '\t')
            {
                int spaces = size > 0 ? Math.Min(size - (column % size), JinjaLimits.MaxItems) : 0;
                builder.AppendAs(new string(' ', spaces), text, i, 1);
                column += spaces;
            }
            else
            {
                builder.Append(text, i, 1);
                column = c is '\n' or '\r' ? 0 : char.IsLowSurrogate(c) ? column : column + 1;
            }
        }

        return builder.ToText(text.IsMarkup);
    }

    private static List<(int Start, int End)> BySeparator(string text, string separator, int most, bool fromRight)
    {
        if (separator.Length == 0)
        {
            throw new JinjaException("the separator is empty");
        }

        List<(int Start, int End)> parts = [];
        int start = 0;
        int end = text.Length;
        while (parts.Count < most)
        {
            int at = fromRight ? text.AsSpan(0, end).LastIndexOf(separator) : text.IndexOf(separator, start, StringComparison.Ordinal);
            if (at < 0)
            {
                break;
            }

            parts.Add(fromRight ? (at + separator.Length, end) : (start, at));
            Iteration.ThrowIfTooMany(parts.Count);
            (start, end) = fromRight ? (start, at) : (at + separator.Length, end);
        }

        parts.Add((start, end));
        if (fromRight)
        {
            parts.Reverse();
        }

        return parts;
    }

    private static List<(int Start, int End)> BySpace(string text, int most, bool fromRight)
    {
        List<(int Start, int End)> parts = [];
        int start = 0;
        int end = text.Length;
        while (true)
        {
            while (start < end && PythonText.IsSpace(text[start]))
            {
                start++;
            }

            while (end > start && PythonText.IsSpace(text[end - 1]) && fromRight)
            {
                end--;
            }

            if (start == end)
            {
                break;
            }

            if (parts.Count == most)
            {
                // The rest keeps the white space at its far end.
                parts.Add(fromRight ? (0, end) : (start, end));
                break;
            }

            int at = fromRight ? end : start;
            while (fromRight ? at > start && !PythonText.IsSpace(text[at - 1]) : at < end && !PythonText.IsSpace(text[at]))
            {
                at += fromRight ? -1 : 1;
            }

            parts.Add(fromRight ? (at, end) : (start, at));
            Iteration.ThrowIfTooMany(parts.Count);
            (start, end) = fromRight ? (start, at) : (at, end);
        }

        if (fromRight)
        {
            parts.Reverse();
        }

        return parts;
    }
}
