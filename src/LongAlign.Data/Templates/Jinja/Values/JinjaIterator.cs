using System.Collections;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>Items that are made when they are asked for, and only once, as Python's generators.</summary>
internal sealed class JinjaIterator(IEnumerable<object?> items) : IEnumerable<object?>
{
    private readonly IEnumerator<object?> _items = items.GetEnumerator();

    public IEnumerator<object?> GetEnumerator()
    {
        while (_items.MoveNext())
        {
            yield return _items.Current;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
