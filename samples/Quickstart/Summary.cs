using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Quickstart;

/// <summary>The results of the comparison, as JSON and as a Markdown table.</summary>
internal sealed record Summary
{
    /// <summary>Gets the rows, in the order in which they ran.</summary>
    public required IReadOnlyList<MethodReport> Methods { get; init; }

    /// <summary>The table.</summary>
    public string ToMarkdown()
    {
        double naive = Methods[0].TokensPerSecond;
        StringBuilder text = new();
        text.AppendLine("| method | tokens/s | against naive | padding | evenness | seconds | steps | final loss | held-out loss |");
        text.AppendLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (MethodReport method in Methods)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {method.Method} | {method.TokensPerSecond:N0} | {method.TokensPerSecond / naive:F2} x | {method.PaddingShare:P1} | {method.Evenness:P1} | {method.Seconds:F1} | {method.Steps} | {method.FinalLoss:F3} | {method.HeldOutLoss:F3} |");
        }

        return text.ToString();
    }

    /// <summary>Writes summary.json and summary.md.</summary>
    public void Write(string folder)
    {
        File.WriteAllText(Path.Combine(folder, "summary.json"), JsonSerializer.Serialize(this, SummaryJson.Default.Summary));
        File.WriteAllText(Path.Combine(folder, "summary.md"), ToMarkdown());
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(Summary))]
internal sealed partial class SummaryJson : JsonSerializerContext;
