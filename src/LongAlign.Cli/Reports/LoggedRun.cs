using System.Text.Json;
using LongAlign.Cli.Commands;
using LongAlign.Cli.Sources;

namespace LongAlign.Cli.Reports;

/// <summary>A run of <c>longalign train</c> as its folder tells it, finished or not.</summary>
/// <param name="Name">The folder's name.</param>
/// <param name="Steps">In order; at least one.</param>
/// <param name="Evaluations">In order.</param>
/// <param name="Options">The recipe, each option by its path; empty where the folder has none.</param>
internal sealed record LoggedRun(string Name, IReadOnlyList<LoggedStep> Steps, IReadOnlyList<LoggedEvaluation> Evaluations, IReadOnlyDictionary<string, string> Options)
{
    /// <summary>Reads a run's folder, or its run.jsonl.</summary>
    /// <exception cref="InvalidDataException">The file is not a record of a run; the message names it and the line.</exception>
    /// <exception cref="FileNotFoundException">The folder has no run.jsonl.</exception>
    public static LoggedRun Read(string path)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, TrainCommand.LogFile) : path;
        if (!File.Exists(file))
        {
            throw new FileNotFoundException($"{path} has no {TrainCommand.LogFile}; expected the folder of a run of 'longalign train', or that file.");
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        List<LoggedStep> steps = [];
        List<LoggedEvaluation> evaluations = [];
        string[] lines = ReadLines(file);
        foreach ((int index, string line) in lines.Index())
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(line);
                Add(document.RootElement);
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                if (index < lines.Length - 1) // the last line may be half written: the run may go on
                {
                    throw new InvalidDataException($"{file}:{index + 1}: expected a step or an evaluation as 'longalign train' writes them.", e);
                }
            }
        }

        return steps.Count > 0
            ? new LoggedRun(LocalModel.NameOf(folder), steps, evaluations, ReadOptions(Path.Combine(folder, TrainCommand.RecipeFile)))
            : throw new InvalidDataException($"{file} has no step; expected a run that has begun.");

        void Add(JsonElement line)
        {
            if (line.GetProperty("kind").GetString() == "evaluation")
            {
                evaluations.Add(new LoggedEvaluation(line.GetProperty("step").GetInt32(), Number(line, "loss"), line.GetProperty("sequences").GetInt32()));
                return;
            }

            steps.Add(new LoggedStep(
                line.GetProperty("step").GetInt32(), line.GetProperty("totalSteps").GetInt32(), Number(line, "loss"), Number(line, "learningRate"), Number(line, "gradientNorm"), line.GetProperty("tokens").GetInt64(),
                Number(line, "tokensPerSecond"), Number(line, "stepTokensPerSecond"), Number(line, "paddingShare"), Number(line, "elapsed"), line.GetProperty("peakMemoryBytes").GetInt64(), line.GetProperty("skippedSteps").GetInt32()));
        }
    }

    /// <summary>Reads the file of a run that may still be running: another process has it open.</summary>
    private static string[] ReadLines(string file)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using StreamReader reader = new(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static double Number(JsonElement line, string name)
        => line.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.NaN;

    private static SortedDictionary<string, string> ReadOptions(string file)
    {
        SortedDictionary<string, string> options = new(StringComparer.Ordinal);
        if (File.Exists(file))
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
            Flatten(document.RootElement, "");
        }

        return options;

        void Flatten(JsonElement value, string path)
        {
            if (value.ValueKind == JsonValueKind.Object)
            {
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    Flatten(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}");
                }
            }
            else if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.Object))
            {
                foreach ((int index, JsonElement item) in value.EnumerateArray().Index())
                {
                    Flatten(item, $"{path}[{index}]");
                }
            }
            else
            {
                options[path] = value.ToString();
            }
        }
    }
}
