using System.Text.Json;
using System.Text.Json.Nodes;

namespace LongAlign.Training;

/// <summary>The sink of <see cref="TrainingSinkExtensions.WriteJsonLines"/>.</summary>
/// <remarks>
/// Where the file has lines already, the first report decides what becomes of them. For one run, one thread and one process. Every line opens and closes
/// the file: nothing is to be disposed.
/// </remarks>
internal sealed class JsonLinesProgress : IProgress<TrainingProgress>, IProgress<EvaluationReport>
{
    private readonly string _path;
    private bool _isReady;

    /// <summary>Finds out whether the file can be written; makes its folder.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file or its folder can't be made or is in use.</exception>
    /// <exception cref="UnauthorizedAccessException">The file or its folder may not be written.</exception>
    public JsonLinesProgress(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        File.Open(_path, FileMode.Append, FileAccess.Write).Dispose();
    }

    /// <summary>Appends a step.</summary>
    /// <param name="value">The step.</param>
    /// <exception cref="InvalidDataException">Before the first report: a line of the file is none of ours; the message names it.</exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    public void Report(TrainingProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Append(new ProgressLine(value.Step, IsEvaluation: false), JsonSerializer.SerializeToNode(value, ProgressJson.Default.TrainingProgress)!);
    }

    /// <summary>Appends an evaluation.</summary>
    /// <param name="value">The evaluation.</param>
    /// <exception cref="InvalidDataException">Before the first report: a line of the file is none of ours; the message names it.</exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    public void Report(EvaluationReport value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Append(new ProgressLine(value.Step, IsEvaluation: true), JsonSerializer.SerializeToNode(value, ProgressJson.Default.EvaluationReport)!);
    }

    private void Append(ProgressLine place, JsonNode report)
    {
        if (!_isReady)
        {
            ProgressLine.MakeRoom(_path, place);
            _isReady = true;
        }

        JsonObject line = report.AsObject();
        line.Insert(0, "kind", place.Kind);
        File.AppendAllText(_path, line.ToJsonString() + "\n");
    }
}
