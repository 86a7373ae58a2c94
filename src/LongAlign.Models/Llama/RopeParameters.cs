using System.Text.Json.Serialization;

namespace LongAlign.Models.Llama;

/// <summary>The rotary embedding in the form that Hugging Face's library writes from version 5 on.</summary>
internal sealed record RopeParameters
{
    [JsonPropertyName("rope_theta")]
    public required double Theta { get; init; }

    [JsonPropertyName("rope_type")]
    public string Type { get; init; } = "default";
}
