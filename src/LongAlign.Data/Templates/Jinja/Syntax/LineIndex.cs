namespace LongAlign.Data.Templates.Jinja;

/// <summary>Tells line and column of an offset.</summary>
internal sealed class LineIndex
{
    private readonly List<int> _starts = [0];

    public LineIndex(string text)
    {
        for (int at = 0; (at = text.IndexOf('\n', at)) >= 0;)
        {
            _starts.Add(++at);
        }
    }

    public Position At(int offset)
    {
        int line = _starts.BinarySearch(offset);
        line = line < 0 ? ~line - 1 : line;
        return new Position(line + 1, offset - _starts[line] + 1);
    }
}
