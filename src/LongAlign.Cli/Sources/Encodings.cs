using System.Text;
using LongAlign.Cli.Recipes;

namespace LongAlign.Cli.Sources;

/// <summary>Encodings by name.</summary>
internal static class Encodings
{
    /// <summary>The encoding of a name, also of those that .NET does not know by itself, such as gbk; null for none.</summary>
    /// <exception cref="RecipeException">There is none of that name.</exception>
    public static Encoding? Find(string? name)
    {
        try
        {
            return name is null ? null : CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (ArgumentException)
        {
            throw new RecipeException($"There is no encoding '{name}'; expected a name such as utf-8, utf-16, gbk, gb18030, big5, shift_jis, euc-kr or windows-1252.");
        }
    }
}
