using System.Text;
using System.Text.Json;
using LongAlign.Native;

namespace LongAlign.Training;

/// <summary>The position of a line in a file of <see cref="JsonLinesProgress"/>: by step, with the evaluation of a step behind it.</summary>
internal readonly record struct ProgressLine(int Step, bool IsEvaluation)
{
    public string Kind => IsEvaluation ? "evaluation" : "step";

    /// <summary>Leaves the lines before a place. If there are none, the file is set aside and not emptied.</summary>
    public static void MakeRoom(string path, ProgressLine first)
    {
        List<string> kept = [];
        bool isLastCut = false;
        foreach (string line in File.ReadLines(path))
        {
            if (isLastCut)
            {
                throw new InvalidDataException($"{path}, line {kept.Count + 1}: expected a JSON object with a kind (step or evaluation) and a step.");
            }

            if (Parse(line) is not { } place)
            {
                isLastCut = true; // by a process that ended while it wrote: nothing may follow
            }
            else if (place.IsBefore(first))
            {
                kept.Add(line);
            }
            else
            {
                break;
            }
        }

        if (kept.Count > 0)
        {
            AtomicFiles.Write(path, Encoding.UTF8.GetBytes(string.Concat(kept.Select(line => line + Environment.NewLine))));
        }
        else if (new FileInfo(path).Length > 0)
        {
            File.Move(path, Enumerable.Range(1, int.MaxValue).Select(n => $"{path}.{n}").First(name => !File.Exists(name)));
        }
    }

    private bool IsBefore(ProgressLine other) => Step < other.Step || (Step == other.Step && !IsEvaluation && other.IsEvaluation);

    private static ProgressLine? Parse(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("kind"u8, out JsonElement kind) && kind.ValueKind == JsonValueKind.String
                && document.RootElement.TryGetProperty("step"u8, out JsonElement step) && step.TryGetInt32(out int number)
                && kind.GetString() is "step" or "evaluation"
                    ? new ProgressLine(number, kind.ValueEquals("evaluation"u8))
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
