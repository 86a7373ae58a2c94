// Says what batching will cost, before any GPU is rented: plays an epoch of each batching on the lengths of your data.
//
//   dotnet run -c Release --project samples/PlanExplorer [-- FILE... --ranks 8 --model llama-2-7b ...]      --help lists all options
using System.Globalization;
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
    new Random(42).Shuffle(lengths); // packing in order needs short and long ones mixed, and files often are not

    Console.WriteLine($"{lengths.Length:N0} sequences, {lengths.Sum(length => (long)length):N0} tokens, median {lengths.Order().ElementAt(lengths.Length / 2):N0}, longest {lengths.Max():N0}{(cut > 0 ? $" ({cut:N0} cut to the capacity)" : "")}");
    Console.WriteLine($"{options.ModelName}, {options.Ranks} ranks of {options.Tflops} TFLOP/s, packs of {options.Capacity:N0} tokens");
    Console.WriteLine();

    IReadOnlyList<PlayedMethod> methods = PlayedMethod.PlayAll(lengths, options);
    Console.WriteLine(PlayedMethod.TableHead);
    foreach (PlayedMethod method in methods)
    {
        Console.WriteLine(method);
    }

    Directory.CreateDirectory(options.OutputFolder);
    Charts.SaveTimelines(Path.Combine(options.OutputFolder, "timeline.png"), [.. methods.Where(method => method.Name != "packed, best fit")]);
    Charts.SaveLengths(Path.Combine(options.OutputFolder, "lengths.png"), lengths);
    Console.WriteLine();
    Console.WriteLine($"Written to {Path.GetFullPath(options.OutputFolder)}: timeline.png, lengths.png");
    return 0;
}
catch (Exception error) when (error is FormatException or InvalidDataException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}

static int[] ReadSampleData() => LengthFile.Tokenize([SampleFile("short.jsonl"), SampleFile("long.jsonl")], SampleFile("tiny-llama")).Lengths.ToArray();

static string SampleFile(string name) => Path.Combine(AppContext.BaseDirectory, "data", name);
