using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Needles;
using LongAlign.Evaluation.Texts;

namespace LongAlign.Evaluation.Runs;

/// <summary>The JSON format of results: prompts as their length and hash alone, and scores and reasons although they are computed.</summary>
internal static class ResultsJson
{
    private static readonly HashSet<(Type, string)> Prompts =
    [
        (typeof(JudgeCase), nameof(JudgeCase.Prompt)), (typeof(TruncatedText), nameof(TruncatedText.Text)), (typeof(NeedlePrompt), nameof(NeedlePrompt.Text)),
    ];

    private static readonly HashSet<(Type, string)> Computed =
    [
        (typeof(ChatScores), nameof(ChatScores.Missing)), (typeof(NeedlePrompt), nameof(NeedlePrompt.Needles)), (typeof(NeedlePrompt), nameof(NeedlePrompt.Question)),
    ];

    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        NewLine = "\n",
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { Modify } },
    };

    private static void Modify(JsonTypeInfo type)
    {
        for (int i = type.Properties.Count - 1; i >= 0; i--)
        {
            (Type, string) member = (type.Type, (type.Properties[i].AttributeProvider as System.Reflection.MemberInfo)?.Name ?? "");
            if (Computed.Contains(member))
            {
                type.Properties.RemoveAt(i);
            }
            else if (Prompts.Contains(member))
            {
                type.Properties[i].CustomConverter = new LeftOut();
            }
        }
    }

    private sealed class LeftOut : JsonConverter<string>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString();

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(LeftOutText.Of(value));
    }
}
