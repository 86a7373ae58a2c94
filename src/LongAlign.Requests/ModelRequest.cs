using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LongAlign.Requests;

/// <summary>One question to a model.</summary>
public sealed record ModelRequest
{
    /// <summary>Gets its name in errors and the journal: a document's id, a case's number. Not part of the key.</summary>
    public required string ItemId { get; init; }

    /// <summary>Gets the part of the work it belongs to; usage and cost are told by stage.</summary>
    public required string Stage { get; init; }

    /// <summary>Gets the messages in order, at least one, of text alone.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>Gets the options of the reply.</summary>
    public required SamplingOptions Sampling { get; init; }

    /// <summary>Gets the number that tells apart requests that are to be asked more than once though all else is the same.</summary>
    /// <value>0 unless set.</value>
    public int Repetition { get; init; }

    /// <summary>Makes 128 bits of SHA-256, as text, over messages, options, model, stage and repetition: one key is paid for once.</summary>
    /// <returns>The key, computed by each call.</returns>
    /// <exception cref="NotSupportedException">A message has something else than text, which the key could not tell apart.</exception>
    public string GetKey()
    {
        ArrayBufferWriter<byte> canonical = new();
        using (Utf8JsonWriter json = new(canonical))
        {
            json.WriteStartArray();
            json.WriteStringValue("LongAlign request 1");
            json.WriteStringValue(Stage);
            json.WriteNumberValue(Repetition);
            json.WriteStringValue(Sampling.Model);
            json.WriteNumberValue(Sampling.MaxOutputTokens);
            WriteNumber(json, Sampling.Temperature);
            WriteNumber(json, Sampling.TopP);
            if (Sampling.Seed is { } seed)
            {
                json.WriteNumberValue(seed);
            }
            else
            {
                json.WriteNullValue();
            }

            foreach (ChatMessage message in Messages)
            {
                json.WriteStringValue(message.Role.Value);
                json.WriteStringValue(TextOf(message));
            }

            json.WriteEndArray();
        }

        return Convert.ToHexStringLower(SHA256.HashData(canonical.WrittenSpan).AsSpan(0, 16));
    }

    private string TextOf(ChatMessage message)
        => message.Contents.FirstOrDefault(content => content is not TextContent) is { } other
            ? throw new NotSupportedException($"{ItemId} ({Stage}): a message of the {message.Role.Value} has {other.GetType().Name}; expected text alone.")
            : message.Text;

    private static void WriteNumber(Utf8JsonWriter json, float? number)
    {
        if (number is { } value)
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteNullValue();
        }
    }
}
