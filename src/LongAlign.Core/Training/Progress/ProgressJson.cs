using System.Text.Json.Serialization;

namespace LongAlign.Training;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    Converters = [typeof(SecondsConverter)])]
[JsonSerializable(typeof(TrainingProgress))]
[JsonSerializable(typeof(EvaluationReport))]
internal sealed partial class ProgressJson : JsonSerializerContext;
