// Says what batching will cost, before any GPU is rented: plays an epoch of each batching on the lengths of your data.
//
//   dotnet run -c Release --project samples/PlanExplorer [-- FILE... --ranks 8 --model llama-2-7b ...]      --help lists all options
using System.Globalization;
using LongAlign.Batching;
using PlanExplorer;

if (args is ["--help" or "-h", ..])
{
    Console.WriteLine(ExplorerOptions.Usage);
    return 0;
}

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
try
{
    ExplorerOptions options = ExplorerOptions.Parse(args);
    if (options.Concepts)
    {
        ConceptCharts.Save(options.OutputFolder, LengthFile.Tokenize([SampleFile("short.jsonl"), SampleFile("long.jsonl")], SampleFile("tiny-llama")));
        Console.WriteLine($"Written to {Path.GetFullPath(options.OutputFolder)}: batches.png, weights.png, attention.png");
        return 0;
    }

    int[] lengths = options.Files.Count > 0 ? [.. options.Files.SelectMany(file => LengthFile.Read(file, options.Tokenizer))] : ReadSampleData();
    int cut = lengths.Count(length => length > options.Capacity);
    lengths = Array.ConvertAll(lengths, length => Math.Min(length, options.Capacity));
    IReadOnlyList<PlayedBatching> batchings = PlayedBatching.PlayAll(lengths, options.Played);
    int globalBatchSize = batchings.Single(batching => batching.Method == PlayedMethod.Packing).GlobalBatchSize!.Value;

    Console.WriteLine($"{lengths.Length:N0} sequences, {lengths.Sum(length => (long)length):N0} tokens, median {lengths.Order().ElementAt(lengths.Length / 2):N0}, longest {lengths.Max():N0}{(cut > 0 ? $" ({cut:N0} cut to the capacity)" : "")}");
    Console.WriteLine($"{options.ModelName}, {options.Ranks} ranks of {options.Tflops} TFLOP/s, packs of {options.Capacity:N0} tokens, a global batch size of {globalBatchSize:N0}");
    Console.WriteLine();
    Console.WriteLine("| batching       | micro-batches |    full | padding | time over ideal |   idle |       an epoch | evenness |");
    Console.WriteLine("| -------------- | ------------: | ------: | ------: | --------------: | -----: | -------------: | -------: |");
    foreach (PlayedBatching batching in batchings)
    {
        Console.WriteLine(Row(batching));
    }

    Directory.CreateDirectory(options.OutputFolder);
    Charts.SaveTimelines(Path.Combine(options.OutputFolder, "timeline.png"), [.. batchings.Where(batching => batching.Method != PlayedMethod.PacksBestFit)]);
    Charts.SaveSteps(Path.Combine(options.OutputFolder, "steps.png"), batchings);
    Charts.SaveLengths(Path.Combine(options.OutputFolder, "lengths.png"), lengths);
    Console.WriteLine();
    Console.WriteLine($"Written to {Path.GetFullPath(options.OutputFolder)}: timeline.png, steps.png, lengths.png");
    return 0;
}
catch (Exception error) when (error is ArgumentException or FormatException or InvalidDataException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}

static string Row(PlayedBatching batching)
{
    TrainingTimeline timeline = batching.Timeline;
    string full = batching.Fullness is { } share ? $"{100 * share:F1} %" : "";
    string duration = timeline.TotalTime < 600 ? $"{timeline.TotalTime:F1} seconds" : $"{timeline.TotalTime / 3_600:F2} hours";
    return $"| {batching.Name,-14} | {batching.MicroBatchCount,13:N0} | {full,7} | {100 * batching.PaddingShare,5:F1} % | {timeline.TimeOverIdeal,15:F3} | {100 * timeline.IdleShare,4:F1} % | {duration,14} | {100 * timeline.Evenness.Share,6:F1} % |";
}

static int[] ReadSampleData() => LengthFile.Tokenize([SampleFile("short.jsonl"), SampleFile("long.jsonl")], SampleFile("tiny-llama")).Lengths.ToArray();

static string SampleFile(string name) => Path.Combine(AppContext.BaseDirectory, "data", name);
