using System.CommandLine;
using System.Globalization;
using System.Text;
using LongAlign.Cli.Terminal;
using LongAlign.Evaluation.Comparisons;
using LongAlign.Evaluation.Reports;
using LongAlign.Evaluation.Runs;

namespace LongAlign.Cli.Commands;

/// <summary><c>longalign compare</c>: whether a model is better than another, by two results of the same evaluation.</summary>
internal static class CompareCommand
{
    public static Command Create(ToolConsole console)
    {
        Argument<string> before = new("A") { Description = "The base's result: results.json of 'longalign evaluate', or its folder." };
        Argument<string> after = new("B") { Description = "The other model's result of the same evaluation." };
        Option<bool> failIfWorse = new("--fail-if-worse") { Description = "Exit with 1 where B is worse than A." };
        Option<string?> report = CommonOptions.Text("--report", "A folder for report.html, report.json and report.md.", "FOLDER");
        Command command = new("compare", "Say whether B is better than A on the same questions, or whether these can't tell.") { before, after, failIfWorse, report };
        command.Run(console, (parsed, _) =>
        {
            (EvaluationResults a, EvaluationResults b) = (Load(parsed.GetRequiredValue(before)), Load(parsed.GetRequiredValue(after)));
            ThrowIfJudgedOtherwise(a, b);
            ComparisonOptions options = OptionsOf(a, b);
            ModelComparison? questions = a.Chat is { } chatOfA && b.Chat is { } chatOfB ? ModelComparison.OfChats(chatOfA, chatOfB, options) : null;
            NeedleComparison? needles = a.Needles is { } mapOfA && b.Needles is { } mapOfB ? new NeedleComparison(mapOfA, mapOfB, options) : null;
            if (questions is null && needles is null)
            {
                throw new InvalidDataException("The results have no evaluation in common; expected the needle test or LongBench-Chat in both.");
            }

            if (parsed.GetValue(report) is { } folder)
            {
                CreateReport(a, b, options, questions, needles).Write(folder);
            }

            IReadOnlyList<string> differences = a.Manifest.DifferencesTo(b.Manifest);
            console.WriteResult(
                new
                {
                    A = options.NameA,
                    B = options.NameB,
                    LongBenchChat = questions is null ? null : new
                    {
                        questions.Overall,
                        questions.LowerBound,
                        questions.UpperBound,
                        ByLength = Groups(questions.ByLength),
                        ByLanguage = Groups(questions.ByLanguage),
                        questions.Missing,
                    },
                    Needle = needles is null ? null : new { Overall = needles.Trials, ByLength = Groups(needles.ByLength), needles.Missing },
                    Differences = differences,
                },
                Describe(options, questions, needles, differences));
            bool isWorse = questions?.Overall.Outcome == ComparisonOutcome.Worse || needles?.Trials?.Outcome == ComparisonOutcome.Worse;
            return Task.FromResult(parsed.GetValue(failIfWorse) && isWorse ? ExitCode.Failed : ExitCode.Done);
        });
        return command;
    }

    /// <summary>Reads the file, or that of a folder that 'longalign evaluate' wrote.</summary>
    private static EvaluationResults Load(string path) => EvaluationResults.Load(Directory.Exists(path) ? Path.Combine(path, EvaluateCommand.ResultsFile) : path);

    /// <exception cref="InvalidDataException">Two judges, or one asked in two ways: their scores don't compare.</exception>
    private static void ThrowIfJudgedOtherwise(EvaluationResults a, EvaluationResults b)
    {
        string[] other = [.. a.Manifest.DifferencesTo(b.Manifest).Where(name => name.StartsWith("judge.", StringComparison.Ordinal))];
        if (a.Chat is not null && b.Chat is not null && other.Length > 0)
        {
            throw new InvalidDataException($"A and B were judged in other ways ({string.Join("; ", other.Select(name => $"{name}: {Values(name, a, b)}"))}); expected the same judge.");
        }
    }

    private static ComparisonOptions OptionsOf(EvaluationResults a, EvaluationResults b)
    {
        (string nameOfA, string nameOfB) = (NameOf(a), NameOf(b));
        return nameOfA == nameOfB ? new ComparisonOptions { NameA = $"{nameOfA} (A)", NameB = $"{nameOfB} (B)" } : new ComparisonOptions { NameA = nameOfA, NameB = nameOfB };

        static string NameOf(EvaluationResults results)
            => results.Manifest.Entries.GetValueOrDefault("chat.model") ?? results.Manifest.Entries.GetValueOrDefault("needles.model") ?? "model";
    }

    private static ComparisonReport CreateReport(EvaluationResults a, EvaluationResults b, ComparisonOptions options, ModelComparison? questions, NeedleComparison? needles) => new()
    {
        NameA = options.NameA,
        NameB = options.NameB,
        Scoring = a.Chat is not { } chat ? ""
            : string.Create(CultureInfo.InvariantCulture, $"LongBench-Chat, scored by {a.Manifest.Entries.GetValueOrDefault("judge.model") ?? "an unknown judge"} from {chat.Min} to {chat.Max}."),
        Questions = questions,
        Needles = needles,
        Samples =
        [
            .. a.Chat is { } chatOfA && b.Chat is { } chatOfB ? ReportSample.OfChats(chatOfA, chatOfB) : [],
            .. a.Needles is { } mapOfA && b.Needles is { } mapOfB ? ReportSample.OfNeedles(mapOfA, mapOfB) : [],
        ],
        Facts = [.. a.Manifest.Entries.Keys.Union(b.Manifest.Entries.Keys).Order(StringComparer.Ordinal).Select(name => new ReportFact(name, Values(name, a, b)))],
    };

    private static string Values(string name, EvaluationResults a, EvaluationResults b)
    {
        (string valueOfA, string valueOfB) = (a.Manifest.Entries.GetValueOrDefault(name, "none"), b.Manifest.Entries.GetValueOrDefault(name, "none"));
        return valueOfA == valueOfB ? valueOfA : $"A {valueOfA}, B {valueOfB}";
    }

    private static IEnumerable<object> Groups(IReadOnlyList<ScoreGroup> groups)
        => groups.Select(group => new { group.Name, group.Count, group.Comparison?.Outcome, group.Comparison?.MeanA, group.Comparison?.MeanB, group.Comparison?.Difference, group.Comparison?.Lower, group.Comparison?.Upper });

    private static string Describe(ComparisonOptions options, ModelComparison? questions, NeedleComparison? needles, IReadOnlyList<string> differences)
    {
        StringBuilder text = new();
        if (questions is not null)
        {
            Append(text, options, $"LongBench-Chat: {questions}", questions.ByLength.Concat(questions.ByLanguage), questions.Missing);
        }

        if (needles is not null)
        {
            Append(text, options, $"Needles: {needles}", needles.ByLength, needles.Missing);
        }

        return text.Append(CultureInfo.InvariantCulture, $"What differs between the two: {(differences.Count == 0 ? "nothing" : string.Join(", ", differences))}.").ToString();
    }

    private static void Append(StringBuilder text, ComparisonOptions options, string verdict, IEnumerable<ScoreGroup> groups, IReadOnlyList<MissingScore> missing)
    {
        text.AppendLine(verdict);
        foreach (ScoreGroup group in groups)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {group.Name}: {group.Comparison?.Describe(options.NameA, options.NameB) ?? "too few questions with both scores"}");
        }

        foreach (MissingScore score in missing)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  missing: {score.Id} ({score.Reason})");
        }
    }
}
