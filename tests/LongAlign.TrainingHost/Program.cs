using System.Globalization;
using LongAlign.Collation;
using LongAlign.Sequences;
using LongAlign.Training;
using LongAlign.TrainingHost;
using static TorchSharp.torch;

// LongAlign.TrainingHost STEPS [DIRECTORY EVERY KEEP]
// Trains a tiny model and says on standard output what it does, line by line; with a directory it saves there, and goes on from there.
set_num_threads(1);
manual_seed(11);
int steps = int.Parse(args[0], CultureInfo.InvariantCulture);
InMemoryDataset dataset = TinyRun.Dataset();
RecordingCollator collator = new(new PackedBatchCollator(dataset));
using DropoutDecoder model = new();
LongAlignTrainerBuilder builder = TinyRun.Builder(model, dataset, collator: collator)
    .ReportProgress(new StepLines(collator))
    .UseLogger(new LineLogger());
if (args is [_, var directory, var every, var keep])
{
    builder.SaveCheckpoints(directory, int.Parse(every, CultureInfo.InvariantCulture), int.Parse(keep, CultureInfo.InvariantCulture)).ResumeFrom(directory, orBegin: true);
}

TrainingResult result = await builder.Build().TrainStepsAsync(steps);
Console.WriteLine($"done {TinyRun.Hash(model)} {result.Steps} {result.Tokens} {result.Sequences}");

/// <summary>A line a step: its loss to the bit and its sequences.</summary>
internal sealed class StepLines(RecordingCollator collator) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        Console.WriteLine($"step {value.Step} {BitConverter.DoubleToInt64Bits(value.Loss):X16} {collator.Take(2)}");
        Thread.Sleep(1); // so that a step takes longer than telling of it
    }
}
