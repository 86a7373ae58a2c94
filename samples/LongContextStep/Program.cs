// One training step on a pack of 65,536 tokens of real text, the longest sequence of more than 32,768: how long it takes, what memory,
// and where the time goes.
//
//   dotnet run --project samples/LongContextStep -c Release [-- --tokens N --no-checkpointing --lora --mixed-precision --steps N] [-- --growth]
using System.Globalization;
using LongAlign.Models;
using LongAlign.Native;
using LongAlign.Programs;
using LongAlign.Sequences;
using LongAlign.Training;
using LongContextStep;
using TorchSharp.Modules;

GlibcTunables.EnsureSet(); // restarts the program with the settings for large tensors, if they are missing
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
TorchRuntime.EnsureAvailable(); // says in one sentence what is wrong if libtorch can't load
StepOptions options = StepOptions.Parse(args);
if (options.Growth)
{
    return GrowthTable.Print();
}

ISequenceDataset pack = LongPack.Load(Path.Combine(AppContext.BaseDirectory, "data"), options.Tokens);
StepWork work = StepWork.Of(pack);
using CausalLanguageModel model = CausalLanguageModel.Create(StepModel.Config(options.Tokens), seed: 42);
Say($"{pack.Lengths.Length} sequences, {work.Tokens:N0} tokens, longest {work.Lengths.Max():N0}, {work.Targets:N0} targets");
Say($"Llama of {StepWork.LinearParameters / 1e6:N1} M parameters in {StepModel.Layers} layers, {(double)StepModel.Vocabulary * StepModel.Hidden / 1e6:N1} M in each of embedding and head, {(options.MixedPrecision ? "bfloat16 beside float32 masters" : "float32")}{(options.Checkpointing ? ", layers computed again in the backward pass" : "")}{(options.Lora ? ", adapters trained" : "")}");

(TrainingResult result, StepTimes times) = await StepRun.TrainAsync(model, pack, options);

double seconds = result.Elapsed.TotalSeconds / result.Steps;
if (options.Row)
{
    Console.WriteLine(GrowthTable.Row(work, seconds, times.PeakMemoryBytes));
    return 0;
}

Console.WriteLine();
Console.WriteLine($"step: {seconds:N1} s, {result.TokensPerSecond:N0} tokens/s, peak memory {times.PeakMemoryBytes / 1e9:N2} GB, loss {result.Losses[0]:F3}");
Console.WriteLine();
Console.WriteLine(new StepParts(work, [.. model.parameters()]).ToMarkdown(seconds));
return 0;

void Say(string line)
{
    if (!options.Row)
    {
        Console.WriteLine(line);
    }
}
