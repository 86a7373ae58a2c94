using System.Security.Cryptography;
using System.Text;

namespace LongAlign.Evaluation.Texts;

/// <summary>SHA-256 of texts, in hexadecimal digits.</summary>
internal static class TextHash
{
    public static string Of(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
