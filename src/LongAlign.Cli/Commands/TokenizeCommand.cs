using System.CommandLine;
using System.Globalization;
using LongAlign.Cli.Recipes;
using LongAlign.Cli.Sources;
using LongAlign.Cli.Terminal;
using LongAlign.Data;
using LongAlign.Data.Store;
using LongAlign.Sequences;

namespace LongAlign.Cli.Commands;

/// <summary><c>longalign tokenize</c>: chats become a token store.</summary>
internal static class TokenizeCommand
{
    public static Command Create(ToolConsole console)
    {
        RecipeOptions<TokenizeRecipe> options = new();
        Command command = new("tokenize", "Turn conversations into a token store. Stopped at any time, the same command resumes.");
        Option<int?> show = CommonOptions.OptionalNumber("--show", "Print the first rows of the mix before, with what is learned of them marked: by colour in a terminal, by ⟦ and ⟧ elsewhere.");
        command.Options.Add(show);
        options.AddTo(command);
        command.Run(console, (parsed, cancellationToken) => RunAsync(options.Read(parsed), parsed.GetValue(show) ?? 0, console, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(TokenizeRecipe recipe, int shown, ToolConsole console, CancellationToken cancellationToken)
    {
        ModelTokenizer tokenizer = ModelTokenizer.Load(recipe.Tokenizer);
        ChatTemplate template = Templates.Find(recipe.Chats.Template, recipe.Tokenizer);
        using MixedChats chats = Chats.Mix(recipe.Chats, recipe.Seed);
        ShownRow[] rows = [.. ShownRow.Of(chats.Training.Take(shown), tokenizer, template, Chats.Tokenization(recipe.Chats))];
        foreach (ShownRow row in rows.Where(_ => !console.Json))
        {
            console.Output.WriteLine(row.ToString(console.UsesColour));
        }

        DataReport report = await console.ShowProgressAsync("tokenizing", progress =>
        {
            StreamedSequences sequences = chats.Training.TokenizeStreaming(tokenizer, template, Chats.Tokenization(recipe.Chats) with
            {
                Progress = new Forward<TokenizationProgress>(value => progress(new ProgressState(
                    value.RowCount, chats.TrainingCount, string.Create(CultureInfo.InvariantCulture, $"{value.TokenCount:N0} tokens, {value.TokensPerSecond:N0} tokens/s")))),
            });
            try
            {
                TokenStoreWriter.Write(recipe.Out, Until(sequences, cancellationToken), new TokenStoreOptions { ShardTokens = recipe.ShardTokens, Origin = StoreOrigin.Of(tokenizer, template) });
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // Where no row is left, why is in the report.
                console.Say($"{sequences.Report}");
                throw;
            }

            return Task.FromResult(sequences.Report);
        });
        DataReports.Save(Path.Combine(recipe.Out, DataReports.FileName), report);
        DataReports.Warn(console, report);
        console.WriteResult(
            new { Template = template.Name, Report = ReportResult.Of(report), Out = recipe.Out, Shown = rows },
            $"{report}\nTemplate: {template.Name}. Written to {recipe.Out}");
        return ExitCode.Done;
    }

    /// <summary>The sequences, until the run is stopped; whole files of the store stay.</summary>
    private static IEnumerable<TokenSequence> Until(IEnumerable<TokenSequence> sequences, CancellationToken cancellationToken)
    {
        foreach (TokenSequence sequence in sequences)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return sequence;
        }
    }
}
