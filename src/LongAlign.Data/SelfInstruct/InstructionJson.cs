using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LongAlign.Data.SelfInstruct;

/// <summary>The line of a row: <c>{"messages":[…],"provenance":{…}}</c>. Nothing in it depends on when, how often or how fast calls were made.</summary>
internal static class InstructionJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static string ToLine(LongInstruction row) => JsonSerializer.Serialize(new { row.Conversation.Messages, row.Provenance }, Options);
}
