using System.Text;
using LongAlign.Cli.Recipes;

namespace LongAlign.Cli.Sources;

/// <summary>Finds the encodings that recipes name.</summary>
internal static class Encodings
{
    /// <summary>Finds an encoding by its name, code pages such as gbk included; null for no name.</summary>
    /// <exception cref="RecipeException">There is none of that name.</exception>
    public static Encoding? Find(string? name)
    {
        try
        {
            return name is null ? null : CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (ArgumentException)
        {
            throw new RecipeException($"The encoding '{name}' is unknown; expected a name such as utf-8, utf-16, gbk, gb18030, big5, shift_jis, euc-kr or windows-1252.");
        }
    }
}
