using System.Security.Cryptography;
using System.Text;

namespace LongAlign.Data.SelfInstruct;

/// <summary>A document that instructions are made from.</summary>
/// <param name="Id">The id that draws depend on and provenance names, unique within a run.</param>
/// <param name="Text">The text.</param>
/// <param name="Source">File and line, or another name that errors give.</param>
public sealed record SourceDocument(string Id, string Text, string Source)
{
    /// <summary>Makes the SHA-256 of the text's UTF-8, as 64 hexadecimal digits.</summary>
    /// <returns>The hash, computed by each call.</returns>
    public string GetHash() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));
}
