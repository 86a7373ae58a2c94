using System.Text;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>Lays texts together, with where their characters came from.</summary>
internal sealed class TextBuilder
{
    private readonly StringBuilder _text = new();
    private readonly List<TextRun> _runs = [];

    /// <summary>The length so far, in UTF-16 units.</summary>
    public int Length => _text.Length;

    public TextBuilder Append(Text text) => Append(text, 0, text.Value.Length);

    /// <summary>Adds a part of a text.</summary>
    public TextBuilder Append(Text text, int start, int length)
    {
        if (length == 0)
        {
            return this;
        }

        EnsureRoom(length);
        if (text.IsLiteral)
        {
            AddRun(new TextRun(Length, null, 0, 0), length);
        }
        else
        {
            foreach ((TextRun run, int runLength) in text.RunsOf(start, length, Length))
            {
                AddRun(run, runLength);
            }
        }

        _text.Append(text.Value, start, length);
        return this;
    }

    public TextBuilder AppendLiteral(ReadOnlySpan<char> text)
    {
        if (text.Length > 0)
        {
            EnsureRoom(text.Length);
            AddRun(new TextRun(Length, null, 0, 0), text.Length);
            _text.Append(text);
        }

        return this;
    }

    /// <summary>Adds characters that stand for a part of a text: an escape, or the same in another case.</summary>
    public TextBuilder AppendAs(ReadOnlySpan<char> characters, Text text, int start, int length)
    {
        if (characters.Length > 0)
        {
            EnsureRoom(characters.Length);
            TextRun run = text.RunsOf(start, length, Length).First().Run;
            AddRun(run.Source is null ? run : run with { SourceLength = length }, characters.Length);
            _text.Append(characters);
        }

        return this;
    }

    public Text ToText(bool isMarkup = false) => Length == 0 ? Text.Empty.AsMarkup(isMarkup) : new Text(_text.ToString(), [.. _runs], isMarkup);

    private void AddRun(TextRun run, int length)
    {
        if (_runs.Count > 0)
        {
            TextRun last = _runs[^1];
            if (last.Source is null && run.Source is null)
            {
                return;
            }

            int lastLength = run.Start - last.Start;
            if (ReferenceEquals(last.Source, run.Source) && last.SourceLength == lastLength && run.SourceLength == length && run.SourceStart == last.SourceStart + lastLength)
            {
                _runs[^1] = last with { SourceLength = last.SourceLength + run.SourceLength };
                return;
            }
        }

        _runs.Add(run);
    }

    private void EnsureRoom(int length)
    {
        if (length > JinjaLimits.MaxTextLength - Length)
        {
            throw new JinjaException($"a text has more than {JinjaLimits.MaxTextLength:N0} characters");
        }
    }
}
