// Fine-tunes a small Llama on real long documents with naive batching, sorted batching, packing, and packing with loss weighting,
// on the same data from the same weights, and compares them.
//
//   dotnet run --project samples/Quickstart -c Release [-- --short | --full] [--out FOLDER]
using LongAlign.Data;
using LongAlign.Models;
using LongAlign.Native;
using LongAlign.Packing;
using LongAlign.Programs;
using LongAlign.Samples;
using LongAlign.Sequences;
using LongAlign.Training;
using Quickstart;

const int Capacity = 8_192;
const int BatchSize = 4;
const double LearningRate = 2e-3;
const int StepsPerEvaluation = 20;

GlibcTunables.EnsureSet(); // starts the program anew with the settings for large tensors, if they are missing
TorchRuntime.EnsureAvailable(); // says in one sentence what is wrong if libtorch can't load
QuickstartOptions options = QuickstartOptions.Parse(args);
string data = Path.Combine(AppContext.BaseDirectory, "data");
string modelFolder = Path.Combine(data, "tiny-llama");
Directory.CreateDirectory(options.OutputFolder);

// 1. Chat messages become token sequences; answers are what is learnt.
ModelTokenizer tokenizer = ModelTokenizer.Load(modelFolder);
ISequenceDataset dataset = Load("short.jsonl", "long.jsonl");
ISequenceDataset heldOut = Load("eval.jsonl");

ISequenceDataset Load(params string[] files)
{
    TokenizedDataset all = ChatDataset.Load([.. files.Select(file => Path.Combine(data, file))])
        .Tokenize(tokenizer, ChatTemplate.LongAlignLlama, maxLength: Capacity);

    // Every fourth, say, by length, which keeps the shape of the distribution; then in an order where long and short ones mix.
    int[] kept = [.. Enumerable.Range(0, all.Count).OrderByDescending(i => all[i].Length).Where((_, place) => place % options.KeepOneOf == 0)];
    new Random(42).Shuffle(kept);
    return new InMemoryDataset(kept.Select(i => all[i]));
}

int[] lengths = dataset.Lengths.ToArray();
PackingPlan plan = PackingAlgorithm.Sequential.Pack(lengths, Capacity);
Console.WriteLine($"{dataset.Count} conversations, {lengths.Sum():N0} tokens, median {lengths.Order().ElementAt(lengths.Length / 2):N0}, longest {lengths.Max():N0}");
Console.WriteLine($"{plan}");
Console.WriteLine();

// 2. The same number of sequences a step for everyone, so that losses can be compared.
int accumulation = Math.Max(1, (int)Math.Round((double)dataset.Count / plan.Count / BatchSize));
Method[] methods =
[
    new("naive", builder => builder
        .UseNaiveBatching(batching => batching.BatchSize = BatchSize).UseGradientAccumulation(accumulation).UseLossWeighting()),
    new("sorted", builder => builder
        .UseSortedBatching(batching => batching.BatchSize = BatchSize).UseGradientAccumulation(accumulation).UseLossWeighting()),
    new("packing", builder => builder.UsePacking(AsInThePaper)),
    new("packing + loss weighting", builder => builder.UsePacking(AsInThePaper).UseLossWeighting()),
];

Task<TrainingResult> Train(CausalLanguageModel model, Method method, ISequenceDataset sequences, TrainingDisplay? display = null)
{
    LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder()
        .UseModel(model)
        .UseDataset(sequences)
        .UseAdamW(LearningRate)
        .UseCosineSchedule(warmupRatio: 0.03)
        .UseGradientClipping(1.0);
    if (display is not null)
    {
        builder.EvaluateEvery(StepsPerEvaluation, heldOut).ReportProgress(display).ReportEvaluations(display);
    }

    method.Configure(builder);
    return builder.Build().TrainAsync(options.Epochs);
}

// The first steps of a process compile code and allocate memory: nobody's time should hold them.
using (CausalLanguageModel warmUp = CausalLanguageModel.Create(ModelConfig.Load(modelFolder), seed: 42))
{
    await Train(warmUp, methods[^1], heldOut);
}

static void AsInThePaper(PackingOptions packing)
{
    packing.Capacity = Capacity;
    packing.Algorithm = PackingAlgorithm.Sequential; // best fit wastes less, but puts most short conversations into the same few packs
}

List<MethodReport> reports = [];
List<(string Name, double[] Seconds, double[] Losses)> curves = [];
foreach (Method method in methods)
{
    using CausalLanguageModel model = CausalLanguageModel.Create(ModelConfig.Load(modelFolder), seed: 42);
    TrainingDisplay display = new(method.Name);
    TrainingResult result = await display.ShowAsync(() => Train(model, method, dataset, display));
    curves.Add((method.Name, display.TrainingSeconds(), [.. result.Losses]));
    reports.Add(new MethodReport
    {
        Method = method.Name,
        TokensPerSecond = result.TokensPerSecond,
        PaddingShare = result.PaddingShare,
        Seconds = (result.Elapsed - result.EvaluationTime).TotalSeconds,
        Steps = result.Steps,
        Tokens = result.Tokens,
        FinalLoss = result.FinalLoss,
        HeldOutLoss = result.Evaluations[^1].SequenceLoss,
    });

    if (method == methods[^1])
    {
        string saved = Path.Combine(options.OutputFolder, "model");
        model.SavePretrained(saved);
        File.Copy(Path.Combine(modelFolder, "tokenizer.model"), Path.Combine(saved, "tokenizer.model"), overwrite: true);
    }
}

// 3. What to look at.
Summary summary = new() { Methods = reports };
summary.Write(options.OutputFolder);
Charts.SaveLosses(Path.Combine(options.OutputFolder, "loss.png"), curves);
Charts.SaveLengths(Path.Combine(options.OutputFolder, "lengths.png"), lengths);
Console.WriteLine();
Console.WriteLine(summary.ToMarkdown());
Console.WriteLine($"Written to {Path.GetFullPath(options.OutputFolder)}: summary.json, summary.md, loss.png, lengths.png, model/");
