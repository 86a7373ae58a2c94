// Compares two models on long context and on short tasks, and writes a report: held-out questions, the needle test, perplexity by position,
// and a guard of short tasks. No key and no network are needed.
//
//   dotnet run --project samples/Compare -c Release [-- --base FOLDER --tuned FOLDER] [--out FOLDER]
//
// Without folders it compares a tiny Llama before and after the quickstart's training, which takes less than half a minute.
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Compare;
using LongAlign.Chat;
using LongAlign.Data;
using LongAlign.Evaluation.Comparisons;
using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Needles;
using LongAlign.Evaluation.Perplexity;
using LongAlign.Evaluation.Reports;
using LongAlign.Evaluation.Runs;
using LongAlign.Models;
using LongAlign.Native;
using LongAlign.Programs;
using LongAlign.Requests;
using LongAlign.Samples;
using LongAlign.Sequences;

const int ShortTokens = 1_024; // what counts as a short task
const double Margin = 0.1;     // nats a token that a short task may lose

GlibcTunables.EnsureSet(); // restarts the program with the settings for large tensors, if they are missing
TorchRuntime.EnsureAvailable(); // says in one sentence what is wrong if libtorch can't load
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
CommandLine options = CommandLine.Parse(args);
long began = Stopwatch.GetTimestamp();
string data = Path.Combine(AppContext.BaseDirectory, "data");
string modelFolder = options.Base ?? SampleConversations.ModelFolder;
Directory.CreateDirectory(options.OutputFolder);

// 1. Two models with one tokenizer.
ModelTokenizer tokenizer = ModelTokenizer.Load(modelFolder);
ChatTemplate template = ChatTemplate.LongAlignLlama;
ChatDataset training = ChatDataset.Load([Path.Combine(data, "short.jsonl"), Path.Combine(data, "long.jsonl")]);
ChatDataset heldOut = ChatDataset.Load(Path.Combine(data, "eval.jsonl"));
(string nameA, string nameB) = options.Base is null ? ("the tiny Llama before training", "the tiny Llama after training") : (options.Base, options.Tuned!);
using CausalLanguageModel a = options.Base is null ? QuickstartTraining.Create() : CausalLanguageModel.FromPretrained(options.Base);
using CausalLanguageModel b = options.Tuned is null ? await QuickstartTraining.RunAsync() : CausalLanguageModel.FromPretrained(options.Tuned);
ComparisonOptions comparison = new() { NameA = "A", NameB = "B", LengthBounds = [256, 1_024, 4_096], Range = (0, 1) };
Say($"A is {nameA}, B is {nameB}.");

// 2. Questions that nobody trained on, and needles in documents.
JudgeCase[] cases = HeldOutQuestions.From(heldOut);
string[] documents = [.. heldOut.Select(chat => chat.Messages[0].Content).Where(text => tokenizer.CountTokens(text) > ShortTokens)];
IReadOnlyList<NeedlePrompt> needles = new NeedleTest(tokenizer, template, new Haystack(string.Join("\n\n", documents)))
    .CreatePrompts(new NeedleTestOptions { Lengths = [512, 1_024, 2_048, 4_096], Depths = [0, 25, 50, 75, 100], Trials = 2 });
(IReadOnlyList<CaseAnswer> answersOfA, NeedleMap mapOfA) = await AskAsync(a, "A");
(IReadOnlyList<CaseAnswer> answersOfB, NeedleMap mapOfB) = await AskAsync(b, "B");
ModelComparison questions = new(HeldOutQuestions.Score(answersOfA, answersOfB, text => tokenizer.CountTokens(text)), comparison);
NeedleComparison needleMaps = new(mapOfA, mapOfB, comparison);
Say($"Questions. {questions}");
Say($"Needles. {needleMaps}");

// 3. Perplexity by position on documents, and on the answers of short tasks.
PerplexityOptions byPosition = new() { Bounds = [256, 512, 1_024, 2_048, 4_096] };
InMemoryDataset texts = LongContextPerplexity.Tokenize(tokenizer, documents.Concat(Unseen()).Take(16), Math.Min(a.MaxPositions, b.MaxPositions));
PerplexityComparison perplexity = ComparePerplexity(texts, byPosition);
Say($"Perplexity. {perplexity}");
TokenizedDataset chats = heldOut.Tokenize(tokenizer, template, Math.Min(a.MaxPositions, b.MaxPositions));
InMemoryDataset shortTasks = new(Enumerable.Range(0, chats.Count).Select(i => chats[i]).Where(chat => chat.Length <= ShortTokens));
ShortTaskGuard guard = new(ComparePerplexity(shortTasks, new PerplexityOptions()).Overall, Margin);
Say($"Short tasks. {guard}");

// 4. The report.
new ComparisonReport
{
    NameA = nameA,
    NameB = nameB,
    Scoring = "No judge was asked. A score is the overlap of words (F1, from 0 to 1) of the answer and the reference answer: right for answers as short and plain as these, blind to other words for the same thing.",
    Questions = questions,
    Needles = needleMaps,
    Perplexity = perplexity,
    ShortTasks = guard,
    ShortTaskScoring = $"The mean log-likelihood, in nats a token, of the reference answers of {shortTasks.Count} held-out conversations of up to {ShortTokens:N0} tokens.",
    Facts =
    [
        new("models", options.Base is null ? "samples/data/tiny-llama, 2 layers, random weights of seed 42; B after the quickstart's training (packing, every fourth conversation, two epochs)" : $"{options.Base}; {options.Tuned}"),
        new("questions", $"eval.jsonl, {cases.Length} conversations, SHA-256 {Hash("eval.jsonl")}; greedy, at most 48 tokens"),
        new("needles", $"{needles.Count}, two a cell, seed 0, each a number of seven digits; found means that the reply contains it; greedy, at most 16 tokens"),
        new("perplexity", $"{texts.Count} documents, of whose text training had no token as a target, {texts.Lengths.ToArray().Sum():N0} tokens"),
        new("chat template", options.Base is null ? template.Name : $"of A {TemplateCheck.Of(template, tokenizer, options.Base)}; of B {TemplateCheck.Of(template, tokenizer, options.Tuned!)}"),
        new("intervals", $"{comparison.Resamples:N0} resamples, seed {comparison.Seed}"),
        new("library", $"LongAlign.Evaluation {typeof(ComparisonReport).Assembly.GetName().Version}, .NET {Environment.Version}"),
    ],
}.Write(options.OutputFolder);
Say($"Written to {Path.GetFullPath(options.OutputFolder)}: report.html, report.md, report.json, and the replies in answers-*.jsonl.");

async Task<(IReadOnlyList<CaseAnswer> Answers, NeedleMap Needles)> AskAsync(CausalLanguageModel model, string name)
{
    string journalPath = Path.Combine(options.OutputFolder, $"answers-{name}.jsonl");
    File.Delete(journalPath); // replies of another model under the same name
    using LocalChatClient client = new(model, tokenizer, template, name);
    using RequestJournal journal = RequestJournal.Open(journalPath);
    using RequestRunner runner = new(client, journal, new RequestRunnerOptions { InitialConcurrency = 1, MaxConcurrency = 1 });
    IReadOnlyList<CaseAnswer> answers = await LongBenchChat.AnswerAsync(cases, runner, new SamplingOptions { Model = name, MaxOutputTokens = 48, Temperature = 0 });
    return (answers, await NeedleTest.RunAsync(needles, runner, new SamplingOptions { Model = name, MaxOutputTokens = 16, Temperature = 0 }));
}

PerplexityComparison ComparePerplexity(InMemoryDataset sequences, PerplexityOptions how)
    => new(LongContextPerplexity.Measure(a, sequences, how), LongContextPerplexity.Measure(b, sequences, how), comparison with { Range = null });

// Long conversations of the training files; the text before the answer was never a target.
IEnumerable<string> Unseen() => training.Select(chat => chat.Messages[0].Content).Where(text => tokenizer.CountTokens(text) > ShortTokens);

string Hash(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(data, file))));

void Say(string text) => Console.WriteLine($"[{Stopwatch.GetElapsedTime(began).TotalSeconds,5:0.0} s] {text}");
