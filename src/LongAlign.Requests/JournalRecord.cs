using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LongAlign.Requests;

/// <summary>
/// One line of a journal: <c>{"sha":"16 digits",…}</c>, the digits being the first of SHA-256 over all that follows their comma, so
/// that a damaged line is known from a whole one.
/// </summary>
internal sealed record JournalRecord
{
    private const string Prefix = "{\"sha\":\"";
    private const int Digits = 16;
    private const int BodyStart = 8 + Digits + 2; // behind the comma

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    public required JournalEvent Event { get; init; }

    public required string Key { get; init; }

    public required string Item { get; init; }

    public required string Stage { get; init; }

    /// <summary>The model asked for.</summary>
    public required string Model { get; init; }

    /// <summary>The tokens: of a start the worst case, of a reply its use, of a failure what may have been paid for.</summary>
    public required RequestUsage Usage { get; init; }

    /// <summary>The reply as it came, with the thoughts in its text.</summary>
    public ModelReply? Reply { get; init; }

    public RequestFailure? Failure { get; init; }

    public byte[] ToLine()
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(this, Json);
        byte[] line = new byte[BodyStart + json.Length];
        Encoding.ASCII.GetBytes(Prefix + Checksum(json.AsSpan(1)) + "\",", line);
        json.AsSpan(1).CopyTo(line.AsSpan(BodyStart));
        line[^1] = (byte)'\n';
        return line;
    }

    /// <summary>Reads a line without its end; null where it is damaged.</summary>
    public static JournalRecord? FromLine(ReadOnlySpan<byte> line)
    {
        if (line.Length <= BodyStart || !Encoding.ASCII.GetString(line[..BodyStart]).Equals(Prefix + Checksum(line[BodyStart..]) + "\",", StringComparison.Ordinal))
        {
            return null;
        }

        try
        {
            JournalRecord? record = JsonSerializer.Deserialize<JournalRecord>(line, Json);
            return record is null || (record.Event == JournalEvent.Reply) != (record.Reply is not null)
                || (record.Event == JournalEvent.Failure) != (record.Failure is not null) ? null : record;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Checksum(ReadOnlySpan<byte> body) => Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, Digits / 2));
}
