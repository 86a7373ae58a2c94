using System.Text.RegularExpressions;

namespace LongAlign.Requests;

/// <summary>Takes secrets out of a provider's messages, which may repeat the key they were sent.</summary>
internal sealed partial class Redaction(IReadOnlyList<string> secrets)
{
    private const string Mark = "[redacted]";
    private const int MostCharacters = 500;

    private readonly string[] _secrets = [.. secrets.Where(secret => secret.Length > 0).OrderByDescending(secret => secret.Length)];

    /// <summary>One line without secrets, cut to a readable length.</summary>
    public string Clean(string text)
    {
        foreach (string secret in _secrets)
        {
            text = text.Replace(secret, Mark, StringComparison.Ordinal);
        }

        text = Credentials().Replace(text, Mark);
        text = WhiteSpace().Replace(LongTokens().Replace(text, Mark), " ").Trim();
        return text.Length <= MostCharacters ? text : string.Concat(text.AsSpan(0, MostCharacters), "…");
    }

    [GeneratedRegex(@"(?i)\bBearer\s+\S+|\b(sk|pk|key|token)-[^\s""',]{4,}")]
    private static partial Regex Credentials();

    /// <summary>16 characters and more without a break, letters and digits mixed: rather one request id too few than one key too many.</summary>
    [GeneratedRegex(@"(?=[A-Za-z_\-+/=]*\d)(?=[\d_\-+/=]*[A-Za-z])[A-Za-z0-9_\-+/=*]{16,}")]
    private static partial Regex LongTokens();

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();
}
