using System.Text.RegularExpressions;

namespace LongAlign.Data;

/// <summary>Gathers the regular expressions of a tokenizer file.</summary>
/// <param name="path">The file, for messages.</param>
internal sealed class TokenPatterns(string path)
{
    /// <summary>GPT-2's pattern, which ByteLevel uses where it is not told otherwise.</summary>
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private readonly List<Regex> _patterns = [];

    public void AddLiteral(string text) => Add(Regex.Escape(text));

    /// <exception cref="NotSupportedException">.NET has no such expression.</exception>
    public void Add(string pattern)
    {
        try
        {
            _patterns.Add(new Regex(pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant));
        }
        catch (ArgumentException e)
        {
            throw new NotSupportedException($"{path} has the pattern {pattern}, which .NET's regular expressions do not know: {e.Message}", e);
        }
    }

    public SplitPreTokenizer ToPreTokenizer() => new([.. _patterns]);
}
