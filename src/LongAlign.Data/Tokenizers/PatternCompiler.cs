using System.Text.RegularExpressions;

namespace LongAlign.Data;

/// <summary>Compiles the patterns of a tokenizer file, which are in the syntax of Oniguruma.</summary>
/// <param name="path">The file, for messages.</param>
internal sealed class PatternCompiler(string path)
{
    /// <summary>GPT-2's pattern, which ByteLevel uses where it is not told otherwise.</summary>
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private readonly PatternCharacters _characters = new(path);

    /// <exception cref="NotSupportedException">The pattern has a part that is not supported.</exception>
    public TextCut Compile(string pattern, SplitBehavior behavior = SplitBehavior.Isolated, bool inverts = false)
    {
        try
        {
            return new TextCut(TextCut.Compile(PatternReader.Translate(pattern, _characters)), behavior, inverts);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new NotSupportedException($"{path} has the pattern {pattern} with what is not supported: {e.Message}", e);
        }
    }

    public TextCut CompileLiteral(string text, SplitBehavior behavior, bool inverts)
    {
        foreach (char c in text)
        {
            if (char.IsSurrogate(c))
            {
                throw Unsupported($"the text '{text}' to split at, which has a character beyond U+FFFF,");
            }

            _characters.Name(c, c);
        }

        return new TextCut(TextCut.Compile(Regex.Escape(text)), behavior, inverts);
    }

    public TextCutter ToCutter(IReadOnlyList<TextCut> cuts) => new(cuts, _characters);

    public NotSupportedException Unsupported(string what) => new($"{path} has {what}, which is not supported.");
}
