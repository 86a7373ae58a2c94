using System.CommandLine;
using LongAlign.Cli.Recipes;
using LongAlign.Cli.Sources;
using LongAlign.Cli.Terminal;
using LongAlign.Data;
using LongAlign.Data.SelfInstruct;
using LongAlign.Requests;
using Microsoft.Extensions.AI;

namespace LongAlign.Cli.Commands;

/// <summary><c>longalign generate-data</c>: long instruction data from documents by an LLM.</summary>
internal static class GenerateDataCommand
{
    public static Command Create(ToolConsole console)
    {
        RecipeOptions<GenerateDataRecipe> options = new();
        Option<bool> dryRun = new("--dry-run") { Description = "Estimate the highest cost, and send nothing." };
        Command command = new("generate-data", "Make instruction data from documents with an LLM. Stopped at any time, the same command resumes and pays for nothing twice.") { dryRun };
        options.AddTo(command);
        command.Run(console, (parsed, cancellationToken) => RunAsync(options.Read(parsed), parsed.GetValue(dryRun), console, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(GenerateDataRecipe recipe, bool isDryRun, ToolConsole console, CancellationToken cancellationToken)
    {
        using IChatClient endpoint = Endpoints.Connect(recipe.Endpoint);
        LongInstructionOptions options = OptionsOf(recipe);
        ReadDocuments documents = new(recipe);
        Directory.CreateDirectory(recipe.Out);
        using RequestJournal journal = RequestJournal.Open(Path.Combine(recipe.Out, "journal.jsonl"));
        CostEstimate estimate = new LongInstructionGenerator(endpoint, journal, options).DryRun(documents);
        if (isDryRun)
        {
            console.WriteResult(estimate, $"{estimate}");
            return ExitCode.Done;
        }

        console.Say($"{estimate}");
        string rows = Path.Combine(recipe.Out, "instructions.jsonl");
        LongInstructionReport report = await console.ShowProgressAsync("asking", progress =>
        {
            CallProgress calls = new(console, progress, estimate.Requests - estimate.FromJournal);
            using CountingChatClient counted = new(endpoint, calls.Answered);
            LongInstructionOptions told = options with { Requests = options.Requests with { Retrying = calls.Retrying } };
            return new LongInstructionGenerator(counted, journal, told).WriteAsync(documents, rows, cancellationToken);
        });
        DataReport data = report.Data.After(documents.Report);
        report = report with { Data = data };
        ResultJson.Write(Path.Combine(recipe.Out, DataReports.FileName), report);
        DataReports.Warn(console, data);
        console.WriteResult(
            new { Report = ReportResult.Of(data), report.Dropped, report.RowsByTask, report.RowsByLanguage, report.RowsByQuestions, report.Requests, Rows = rows },
            $"{report}\nWritten to {rows}");
        if (data.RowsOut > 0)
        {
            return ExitCode.Done;
        }

        console.SayError($"No document became a row; {DataReports.FileName} in {recipe.Out} says why of each.");
        return ExitCode.Failed;
    }

    private static LongInstructionOptions OptionsOf(GenerateDataRecipe recipe)
    {
        ModelTokenizer tokenizer = ModelTokenizer.Load(recipe.Tokenizer);
        return new LongInstructionOptions
        {
            Answers = Endpoints.Sampling(recipe.Endpoint),
            CountTokens = tokenizer.CountTokens,
            Seed = recipe.Seed,
            MinTokens = recipe.MinTokens,
            MaxTokens = recipe.MaxTokens,
            MaxDocuments = recipe.Count,
            Tasks = recipe.Tasks,
            ClosedBookShare = recipe.ClosedBookShare,
            QuestionSimilarity = recipe.QuestionSimilarity,
            KeepOtherLanguages = recipe.KeepOtherLanguages,
            KeepThoughts = recipe.KeepThoughts,
            Requests = Endpoints.Requests(recipe.Endpoint),
        };
    }
}
