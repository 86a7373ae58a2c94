using System.Text.Json;
using LongAlign.Cli.Terminal;

namespace LongAlign.Cli.Evaluations;

/// <summary>The result of an evaluation as a file, which <c>longalign compare</c> reads.</summary>
/// <param name="Evaluation">Which evaluation.</param>
/// <param name="Model">The model under test.</param>
/// <param name="Judge">The judge's model; null without one.</param>
/// <param name="Min">The worst score that there can be.</param>
/// <param name="Max">The best score that there can be.</param>
/// <param name="Mean">The mean of the scores that there are; null where there is none.</param>
/// <param name="Scores">A score a question.</param>
internal sealed record ScoreFile(string Evaluation, string Model, string? Judge, double Min, double Max, double? Mean, IReadOnlyList<QuestionScore> Scores)
{
    public void Write(string path) => ResultJson.Write(path, this);

    /// <exception cref="InvalidDataException">The file is no result of an evaluation.</exception>
    public static ScoreFile Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<ScoreFile>(File.ReadAllText(path), ResultJson.Options) is { Evaluation: not null, Model: not null, Scores: not null } file
                && file.Scores.All(score => score is { Id: not null })
                ? file
                : throw new InvalidDataException($"{path} lacks 'evaluation', 'model' or 'scores' with an 'id' each; expected a result of 'longalign evaluate'.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: {e.Message} Expected a result of 'longalign evaluate'.", e);
        }
    }
}
