using System.Globalization;
using System.Text.RegularExpressions;
using LongAlign.Data;
using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Needles;
using LongAlign.Evaluation.Runs;
using LongAlign.Requests;
using LongAlign.Testing.Http;
using Microsoft.Extensions.AI;

namespace LongAlign.EvaluationHost;

/// <summary>50 cases, answered and judged twice, and a needle test, judged too; and the server's part in it.</summary>
public static partial class EvaluationRun
{
    public const int CaseCount = 50;

    private static readonly SamplingOptions Sampling = new() { Model = "m", MaxOutputTokens = 64, Temperature = 0 };

    public static IReadOnlyList<JudgeCase> Cases { get; } = [.. Enumerable.Range(1, CaseCount).Select(id => new JudgeCase { Id = id.ToString(CultureInfo.InvariantCulture), Prompt = $"The log of ship {id}. It was a long voyage.\n\nWhere did ship {id} go?", Query = $"Where did ship {id} go?", Answer = $"To port {id}.", Language = id % 5 == 0 ? "zh" : "en", Examples = [new ScoredAnswer("Nowhere.", 1), new ScoredAnswer("To a port.", 5), new ScoredAnswer($"To port {id}, at last.", 10)] })];

    public static JudgeOptions Judge { get; } = new() { Sampling = Sampling, Seed = 3 };

    public static async Task<EvaluationResults> RunAsync(Uri address, string folder, int concurrency, RequestRunnerOptions? options = null)
    {
        ModelTokenizer tokenizer = ModelTokenizer.Load(Path.Combine(AppContext.BaseDirectory, "data", "tiny-llama"));
        NeedleTest test = new(tokenizer, ChatTemplate.LongAlignLlama, new Haystack("The boats came in at dusk. Nobody knew why! They waited by the wall, and the rain went on. "));
        NeedleTestOptions needles = new() { Lengths = [300, 600], Depths = [0, 50, 100], Trials = 2, NeedlesPerPrompt = 2, Seed = 3 };
        IReadOnlyList<NeedlePrompt> prompts = test.CreatePrompts(needles);
        options ??= new RequestRunnerOptions { AttemptTimeout = TimeSpan.FromSeconds(5) };
        Directory.CreateDirectory(folder);
        using IChatClient client = FaultyEndpoint.CreateClient(address);
        using RequestJournal journal = RequestJournal.Open(Path.Combine(folder, "journal.jsonl"));
        using RequestRunner runner = new(client, journal, options with { MaxConcurrency = concurrency, InitialConcurrency = concurrency, FirstDelay = TimeSpan.FromMilliseconds(5) });
        ChatScores scores = await LongBenchChat.JudgeAsync(await LongBenchChat.AnswerAsync(Cases, runner, Sampling), runner, Judge);
        NeedleMap map = await NeedleTest.RunAsync(prompts, runner, Sampling);
        map = await NeedleJudge.JudgeAsync(map, runner, JudgeOptions.ForNeedles(Sampling));
        EvaluationManifest manifest = EvaluationManifest.Create().WithChat(Cases, Sampling).WithJudge(Judge)
            .WithNeedles(prompts, needles.Seed, Sampling).WithNeedleJudge(JudgeOptions.ForNeedles(Sampling));
        EvaluationResults results = new(manifest, scores, map);
        results.Save(Path.Combine(folder, "results.json"));
        return results;
    }

    /// <summary>The server's answers: model and judge are one. Of every prompt's two needles it finds the second alone.</summary>
    public static string Answer(string text)
    {
        if (text.EndsWith("Rating: ", StringComparison.Ordinal))
        {
            // The judge sees case 30 and is lost for words.
            string id = Number().Match(text[text.IndexOf("## Question", StringComparison.Ordinal)..]).Value;
            return text.Contains("Where did ship 30 go?", StringComparison.Ordinal) ? "A fine answer." : $"Well. [[{1 + (id[^1] - '0')}]]";
        }

        return LockerCode().Matches(text) is [.., Match code] ? $"It is {code.Groups[1].Value}." : $"To port {Number().Match(text).Value}.";
    }

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();

    [GeneratedRegex(@"locker at \w+ station is (\d+)")]
    private static partial Regex LockerCode();
}
