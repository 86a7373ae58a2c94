// The whole recipe of the paper on a Hugging Face folder: chats are read and tokenized, and trained on in packs; the run saves checkpoints,
// resumes after it was killed, evaluates by length, and leaves a model folder.
//
//   dotnet run --project samples/LongContextSft -c Release -- --model models/llama-2-7b --data long.jsonl sharegpt.jsonl --extend-context --bf16
//
// Without arguments it trains a tiny Llama with random weights on the shipped sample data. --help lists the options.
using LongAlign.Batching;
using LongAlign.Data;
using LongAlign.Distributed.Mpi;
using LongAlign.Models;
using LongAlign.Models.Adapters;
using LongAlign.Native;
using LongAlign.Programs;
using LongAlign.Samples;
using LongAlign.Sequences;
using LongAlign.Training;
using LongContextSft;
using static TorchSharp.torch;

GlibcTunables.EnsureSet(); // restarts the program with the settings for large tensors, if they are missing
RecipeOptions options = RecipeOptions.Parse(args);
TorchRuntime.EnsureAvailable(); // says in one sentence what is wrong if libtorch can't load
using MpiProcessGroup? group = options.Mpi ? MpiProcessGroup.Initialize() : null;
bool isFirst = group is null or { Rank: 0 };
TextWriter console = isFirst ? Console.Out : TextWriter.Null;
using CancellationTokenSource cancellation = new();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true; // the micro-batch under way is finished and the run saved
    cancellation.Cancel();
};

string samples = Path.Combine(AppContext.BaseDirectory, "data");
string modelFolder = options.Model ?? Path.Combine(samples, "tiny-llama");
string[] data = options.Data is [] ? [Path.Combine(samples, "short.jsonl"), Path.Combine(samples, "long.jsonl")] : [.. options.Data];
if (options.Model is null)
{
    console.WriteLine($"No --model: a tiny Llama with random weights (seed {options.Seed}). It learns the form of answers, not what is in a document.");
}

if (options.Data is [])
{
    console.WriteLine("No --data: the sample data.");
}

// 1. The model, with room for long sequences.
Device device = cuda.is_available() ? CUDA : CPU;
ScalarType dtype = options.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
using CausalLanguageModel model = options.Model is null
    ? CausalLanguageModel.Create(ModelConfig.Load(modelFolder), options.Seed, dtype, device)
    : CausalLanguageModel.FromPretrained(modelFolder, dtype, device);
if (options.ExtendContext)
{
    model.ExtendContext();
}

int maxLength = options.MaxLength ?? model.MaxPositions;
int capacity = options.Capacity ?? maxLength;
console.WriteLine($"{model.Config.ModelType}, {model.parameters().Sum(parameter => parameter.numel()):N0} parameters, {dtype} on {device.type}, {model.MaxPositions:N0} positions, RoPE base {model.Config.RopeTheta:N0}");

// 2. Chats, some of them held out, become token sequences.
ModelTokenizer tokenizer = ModelTokenizer.Load(modelFolder);
ChatTemplate template = Templates.Find(options.Template, modelFolder, model.Config);
using MixedChats chats = new DatasetMixer { Seed = options.Seed, HoldOut = options.HoldOut }.Add(ChatDataset.Load(data)).Mix();
TokenizedDataset training = chats.Training.Tokenize(tokenizer, template, maxLength);
TokenizedDataset heldOut = chats.HeldOut.Tokenize(tokenizer, template, maxLength);
console.WriteLine($"{training.Report}");
console.WriteLine($"Held out: {heldOut.Count} conversations, {heldOut.Lengths.ToArray().Sum(length => (long)length):N0} tokens. Template: {template.Name}.");

// 3. The run. Killed, cancelled, rebooted: the same command with --resume resumes it.
string checkpoints = Path.Combine(options.Out, "checkpoints");
LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder()
    .UseModel(model)
    .UseDataset(training)
    .UsePacking(packing =>
    {
        packing.Capacity = capacity;
        packing.GlobalBatchSize = options.GlobalBatchSize;
    })
    .UseGradientCheckpointing()
    .UseAdamW(options.LearningRate ?? (options.Model is null ? 2e-3 : options.LoraRank is null ? 2e-5 : 2e-4), beta1: 0.9, beta2: 0.95)
    .UseSeed(options.Seed)
    .SaveCheckpoints(checkpoints, options.SaveEvery)
    .EvaluateEvery(options.EvalEvery, heldOut, evaluation => evaluation.Capacity = capacity);
if (options.Accumulation is int packs)
{
    builder.UseGradientAccumulation(packs);
}

if (options.LoraRank is int rank)
{
    builder.UseLoRA(rank, alpha: 2 * rank);
}

if (options.BFloat16)
{
    builder.UseMixedPrecision();
}

if (options.Resume)
{
    builder.ResumeFrom(checkpoints, orBegin: true);
}

if (group is not null)
{
    builder.UseProcessGroup(group);
}

TrainingDisplay display = new("long context");
if (isFirst)
{
    builder.WriteJsonLines(Path.Combine(options.Out, "run.jsonl")).WriteTensorBoard(Path.Combine(options.Out, "board")).ReportProgress(display).ReportEvaluations(display);
}

LongAlignTrainer trainer = builder.Build();
console.WriteLine($"{trainer.Sampler.StepsPerEpoch:N0} steps an epoch, {EpochEvenness.Of(trainer.Sampler)}");
Task<TrainingResult> Train() => options.Steps is int steps
    ? trainer.TrainStepsAsync(steps, cancellation.Token)
    : trainer.TrainAsync(options.Epochs ?? (options.Model is null ? 1 : 2), cancellation.Token);
TrainingResult result;
try
{
    result = isFirst ? await display.ShowAsync(Train) : await Train();
}
catch (TrainingCanceledException cancelled)
{
    Console.WriteLine($"{cancelled.Message} The same command with --resume resumes it.");
    return;
}

if (!isFirst)
{
    return;
}

Console.WriteLine($"{result.Steps} steps, loss {result.Losses[0]:F4} -> {result.FinalLoss:F4}, {result.TokensPerSecond:N0} tokens/s, padding {result.PaddingShare:P1}");
// 4. Folders that need nothing else: the model, and the adapter beside it.
string saved = Path.Combine(options.Out, "model");
if (model.Adapter is { } adapter)
{
    string adapterFolder = Path.Combine(options.Out, "adapter");
    adapter.Save(adapterFolder, options.Model);
    ModelTokenizer.CopyFiles(modelFolder, adapterFolder);
    Console.WriteLine($"Adapter: {adapter.ParameterCount:N0} parameters in {adapterFolder}; {saved} has it merged.");
    adapter.Merge(permanently: true);
}

model.SavePretrained(saved);
ModelTokenizer.CopyFiles(modelFolder, saved);
await Answer.PrintAsync(model, tokenizer, template, chats.HeldOut, cancellation.Token);
Console.WriteLine($"Written to {Path.GetFullPath(options.Out)}: model/, run.jsonl, board/, checkpoints/");
