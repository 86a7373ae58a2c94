using System.Text.Json;
using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Needles;
using LongAlign.Native;

namespace LongAlign.Evaluation.Runs;

/// <summary>The results of an evaluation in one file, from which reports are made and answers judged again without another call to the model.</summary>
/// <param name="Manifest">The manifest of everything that they depend on.</param>
/// <param name="Chat">LongBench-Chat; null where it was not run.</param>
/// <param name="Needles">The needle test; null where it was not run.</param>
/// <remarks>
/// The file has every reply and verdict. Of prompts it has length and hash alone: they are large, and the documents may not be for all. Nothing in it
/// depends on when, how often or how fast calls were made.
/// </remarks>
public sealed record EvaluationResults(EvaluationManifest Manifest, ChatScores? Chat, NeedleMap? Needles)
{
    /// <summary>Writes the results as JSON.</summary>
    /// <param name="path">The file, which appears under its name when it is whole; replaced if it exists.</param>
    public void Save(string path)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(new ResultsFile(Manifest.Entries, Chat, Needles?.Results), ResultsJson.Options);
        AtomicFiles.Write(path, [.. json, (byte)'\n']);
    }

    /// <summary>Reads results.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The results. In the place of a prompt stands its length and hash; to ask again, the cases or prompts themselves are needed.</returns>
    /// <exception cref="InvalidDataException">The file has no results, or is of another version; the message names the place.</exception>
    public static EvaluationResults Load(string path)
    {
        try
        {
            ResultsFile? file = JsonSerializer.Deserialize<ResultsFile>(File.ReadAllBytes(path), ResultsJson.Options);
            return file is { Format: ResultsFile.CurrentFormat, Manifest: not null }
                ? new EvaluationResults(new EvaluationManifest(file.Manifest), file.Chat, file.Needles is { } needles ? new NeedleMap(needles) : null)
                : throw new InvalidDataException($"{path} has the format '{file?.Format}'; expected '{ResultsFile.CurrentFormat}'.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not a file of results: {e.Message}", e);
        }
    }
}
