using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LongAlign.Cli.Evaluations;
using LongAlign.Cli.Terminal;
using LongAlign.Evaluation.Comparisons;
using LongAlign.Evaluation.Reports;

namespace LongAlign.Cli.Commands;

/// <summary><c>longalign compare</c>: whether a model is better than another, by two results of the same evaluation.</summary>
internal static class CompareCommand
{
    public static Command Create(ToolConsole console)
    {
        Argument<string> before = new("A") { Description = "The base's result: needle.json or long-bench-chat.json of 'longalign evaluate'." };
        Argument<string> after = new("B") { Description = "The other model's result of the same evaluation." };
        Option<bool> failIfWorse = new("--fail-if-worse") { Description = "Exit with 1 where B is worse than A." };
        Option<string?> report = CommonOptions.Text("--report", "A folder for report.html, report.json and report.md.", "FOLDER");
        Command command = new("compare", "Say whether B is better than A on the same questions, or whether these can't tell.") { before, after, failIfWorse, report };
        command.Run(console, (parsed, _) =>
        {
            (string pathOfA, string pathOfB) = (parsed.GetRequiredValue(before), parsed.GetRequiredValue(after));
            (ScoreFile a, ScoreFile b) = (ScoreFile.Read(pathOfA), ScoreFile.Read(pathOfB));
            ModelComparison comparison = new(Pair(a, b), OptionsOf(a, b));
            PairedComparison overall = comparison.Overall;
            if (parsed.GetValue(report) is { } folder)
            {
                CreateReport(a, comparison, pathOfA, pathOfB).Write(folder);
            }

            console.WriteResult(
                new
                {
                    a.Evaluation,
                    A = comparison.NameA,
                    B = comparison.NameB,
                    overall.Outcome,
                    overall.Count,
                    overall.MeanA,
                    overall.MeanB,
                    overall.Difference,
                    overall.Lower,
                    overall.Upper,
                    overall.PValue,
                    overall.Wins,
                    overall.Ties,
                    overall.Losses,
                    overall.QuestionsNeeded,
                    comparison.LowerBound,
                    comparison.UpperBound,
                    comparison.Missing,
                    ByLength = Groups(comparison.ByLength),
                    ByLanguage = Groups(comparison.ByLanguage),
                },
                Describe(comparison));
            return Task.FromResult(parsed.GetValue(failIfWorse) && overall.Outcome == ComparisonOutcome.Worse ? ExitCode.Failed : ExitCode.Done);
        });
        return command;
    }

    private static ComparisonReport CreateReport(ScoreFile scores, ModelComparison comparison, string pathOfA, string pathOfB) => new()
    {
        NameA = comparison.NameA,
        NameB = comparison.NameB,
        Scoring = scores.Judge is { } judge
            ? string.Create(CultureInfo.InvariantCulture, $"{scores.Evaluation}, scored by {judge} from {scores.Min} to {scores.Max}.")
            : string.Create(CultureInfo.InvariantCulture, $"{scores.Evaluation}, scored from {scores.Min} to {scores.Max} without a judge."),
        Questions = comparison,
        Facts = [FactOf("result of A", pathOfA), FactOf("result of B", pathOfB)],
        Pictures = [.. PicturesOf(comparison.NameA, pathOfA), .. PicturesOf(comparison.NameB, pathOfB)],
    };

    private static ReportFact FactOf(string name, string path) => new(name, $"{Path.GetFileName(path)}, SHA-256 {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))}");

    /// <summary>The picture that 'evaluate' wrote beside the result.</summary>
    private static IEnumerable<ReportPicture> PicturesOf(string name, string path)
        => Path.ChangeExtension(path, ".png") is var picture && File.Exists(picture) ? [new ReportPicture($"Needles that {name} found", File.ReadAllBytes(picture))] : [];

    private static ComparisonOptions OptionsOf(ScoreFile a, ScoreFile b)
    {
        bool isSameName = a.Model == b.Model;
        return new ComparisonOptions { NameA = isSameName ? $"{a.Model} (A)" : a.Model, NameB = isSameName ? $"{b.Model} (B)" : b.Model, Range = (a.Min, a.Max) };
    }

    /// <exception cref="InvalidDataException">The two are of different evaluations, scales or questions.</exception>
    private static IEnumerable<PairedScore> Pair(ScoreFile a, ScoreFile b)
    {
        if ((a.Evaluation, a.Judge, a.Min, a.Max) != (b.Evaluation, b.Judge, b.Min, b.Max))
        {
            throw new InvalidDataException($"A is {Name(a)} and B is {Name(b)}; expected the same evaluation.");
        }

        Dictionary<string, QuestionScore> others = b.Scores.DistinctBy(score => score.Id).ToDictionary(score => score.Id);
        string[] alone = [.. a.Scores.Select(score => score.Id).Except(others.Keys), .. others.Keys.Except(a.Scores.Select(score => score.Id))];
        return alone.Length == 0
            ? a.Scores.Select(score => Pair(score, others[score.Id]))
            : throw new InvalidDataException($"Questions of one result alone: {string.Join(", ", alone.Take(5))}{(alone.Length > 5 ? $" and {alone.Length - 5} more" : "")}; expected the same questions.");
    }

    private static PairedScore Pair(QuestionScore a, QuestionScore b) => new(a.Id, a.Score, b.Score)
    {
        Length = a.Length,
        Language = a.Language,
        MissingReason = a.MissingReason ?? b.MissingReason,
    };

    private static string Name(ScoreFile file)
        => string.Create(CultureInfo.InvariantCulture, $"{file.Evaluation} from {file.Min} to {file.Max}{(file.Judge is null ? "" : $", judged by {file.Judge}")}");

    private static IEnumerable<object> Groups(IReadOnlyList<ScoreGroup> groups)
        => groups.Select(group => new { group.Name, group.Count, group.Comparison?.Outcome, group.Comparison?.MeanA, group.Comparison?.MeanB, group.Comparison?.Difference, group.Comparison?.Lower, group.Comparison?.Upper });

    private static string Describe(ModelComparison comparison)
    {
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"{comparison}");
        foreach (ScoreGroup group in comparison.ByLength.Concat(comparison.ByLanguage))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {group.Name}: {group.Comparison?.Describe(comparison.NameA, comparison.NameB) ?? "too few questions with both scores"}");
        }

        foreach (MissingScore missing in comparison.Missing)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  missing: {missing.Id} ({missing.Reason})");
        }

        return text.ToString();
    }
}
