using System.Text;

namespace LongAlign.Data;

/// <summary>Writes a word in another way.</summary>
internal delegate void WordChange(ReadOnlySpan<char> word, TextPlace place, StringBuilder changed);
