// Fine-tunes a small Llama on real long documents with naive batching, sorted batching, packing as in the paper, and packing as it is by
// default here, on the same data from the same weights, and compares them.
//
//   dotnet run --project samples/Quickstart -c Release [-- --short | --full] [--out FOLDER]
using LongAlign.Batching;
using LongAlign.Models;
using LongAlign.Native;
using LongAlign.Packing;
using LongAlign.Programs;
using LongAlign.Samples;
using LongAlign.Sequences;
using LongAlign.Training;
using Quickstart;

const int Capacity = SampleConversations.MaxLength;
const int SequencesPerStep = 12; // about as many as a pack of 8,192 tokens holds
const int BatchSize = 4;
const double LearningRate = 2e-3;
const int Evaluations = 5;

GlibcTunables.EnsureSet(); // restarts the program with the settings for large tensors, if they are missing
TorchRuntime.EnsureAvailable(); // says in one sentence what is wrong if libtorch can't load
QuickstartOptions options = QuickstartOptions.Parse(args);
Directory.CreateDirectory(options.OutputFolder);

// 1. Chat messages become token sequences; answers are what is learned.
ISequenceDataset dataset = SampleConversations.LoadTraining(options.KeepOneOf);
ISequenceDataset heldOut = SampleConversations.LoadHeldOut(options.KeepOneOf);
int[] lengths = dataset.Lengths.ToArray();
Console.WriteLine($"{dataset.Count} conversations, {lengths.Sum():N0} tokens, median {lengths.Order().ElementAt(lengths.Length / 2):N0}, longest {lengths.Max():N0}");
Console.WriteLine();

// 2. The same number of sequences a step for everyone, so that losses can be compared; of packs in the paper's way it is a mean.
Method[] methods =
[
    new("naive", builder => builder.UseNaiveBatching(OfRows)),
    new("sorted", builder => builder.UseSortedBatching(OfRows)),
    new("packing as in the paper", builder => builder.UsePacking(packing =>
    {
        packing.Capacity = Capacity;
        packing.PacksFirst = PackingAlgorithm.Sequential; // a step is a pack, however many sequences that holds
    })),
    new("packing", builder => builder.UsePacking(packing =>
    {
        packing.Capacity = Capacity;
        packing.GlobalBatchSize = SequencesPerStep;
    })),
];

static void OfRows(PaddedBatchingOptions rows)
{
    rows.BatchSize = BatchSize;
    rows.GlobalBatchSize = SequencesPerStep;
}

LongAlignTrainer Build(CausalLanguageModel model, Method method, ISequenceDataset sequences, TrainingDisplay? display = null)
{
    LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(sequences).UseAdamW(LearningRate);
    if (display is not null)
    {
        int steps = (dataset.Count + SequencesPerStep - 1) / SequencesPerStep * options.Epochs;
        builder.EvaluateEvery((steps + Evaluations - 1) / Evaluations, heldOut).ReportProgress(display).ReportEvaluations(display);
    }

    method.Configure(builder);
    return builder.Build();
}

CausalLanguageModel CreateModel() => CausalLanguageModel.Create(ModelConfig.Load(SampleConversations.ModelFolder), seed: 42);

// The first steps of a process compile code and allocate memory: nobody's time should hold them.
using (CausalLanguageModel warmUp = CreateModel())
{
    await Build(warmUp, methods[^1], heldOut).TrainStepsAsync(3);
}

List<MethodReport> reports = [];
List<LossCurve> curves = [];
foreach (Method method in methods)
{
    using CausalLanguageModel model = CreateModel();
    TrainingDisplay display = new(method.Name);
    LongAlignTrainer trainer = Build(model, method, dataset, display);
    TrainingResult result = await display.ShowAsync(() => trainer.TrainAsync(options.Epochs));
    curves.Add(LossCurve.Of(method.Name, display.TrainingSeconds(), result.Evaluations));
    reports.Add(new MethodReport
    {
        Method = method.Name,
        TokensPerSecond = result.TokensPerSecond,
        PaddingShare = result.PaddingShare,
        Evenness = EpochEvenness.Of(trainer.Sampler).Share,
        Seconds = (result.Elapsed - result.EvaluationTime).TotalSeconds,
        Steps = result.Steps,
        FinalLoss = result.FinalLoss,
        HeldOutLoss = result.Evaluations[^1].SequenceLoss,
    });

    if (method == methods[^1])
    {
        string saved = Path.Combine(options.OutputFolder, "model");
        model.SavePretrained(saved);
        File.Copy(Path.Combine(SampleConversations.ModelFolder, "tokenizer.model"), Path.Combine(saved, "tokenizer.model"), overwrite: true);
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
