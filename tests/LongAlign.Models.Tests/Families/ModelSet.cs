using System.Text.Json;
using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests.Families;

/// <summary>
/// Tiny checkpoints with what Hugging Face's own code computes from them, in the folder <c>models</c> of <c>LONGALIGN_GOLDEN</c> or of the
/// data beside the repository; without either, the few that the tests have along.
/// </summary>
internal static class ModelSet
{
    /// <summary>The folder; null where there is none.</summary>
    public static string? Root { get; } = Find();

    private static JsonElement Index { get; } = Root is null ? default : Read(Path.Combine(Root, "index.json"));

    /// <summary>Folders of checkpoints; one empty name where there are none, so that a test can say that it is skipped.</summary>
    public static IReadOnlyList<string> Models { get; } = Folders("models");

    /// <summary>Folders of adapters.</summary>
    public static IReadOnlyList<string> Adapters { get; } = Folders("adapters");

    /// <summary>Whether it is the set that the documentation speaks of, and no other of the same form.</summary>
    public static bool IsShared => Root is not null && Index.GetProperty("set").GetString() == "shared" && Environment.GetEnvironmentVariable("LONGALIGN_GOLDEN") is null or "";

    public static string FamilyOf(string folder) => Index.GetProperty("models").EnumerateArray()
        .First(model => model.GetProperty("folder").GetString() == folder).GetProperty("family").GetString()!;

    public static bool HasFar(string folder) => File.Exists(PathOf(folder, "far_input_ids.npy"));

    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Root!, .. parts]);

    public static JsonElement Reference(string folder) => Read(PathOf(folder, "reference.json"));

    public static JsonElement Read(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }

    /// <summary>Skips a test where there is nothing to compare with.</summary>
    public static void SkipUnless(string folder) => Assert.SkipWhen(folder.Length == 0, "There is no folder golden/models: set LONGALIGN_GOLDEN.");

    /// <summary>The sequences of a checkpoint's inputs.</summary>
    public static TokenSequence[] Sequences(string folder)
    {
        int[] ids = Npy.Read(PathOf(folder, "input_ids.npy")).Int32();
        int[] labels = Npy.Read(PathOf(folder, "labels.npy")).Int32();
        int[] starts = Npy.Read(PathOf(folder, "cu_seqlens.npy")).Int32();
        return [.. Enumerable.Range(0, starts.Length - 1)
            .Select(i => new TokenSequence(ids.AsSpan(starts[i]..starts[i + 1]), labels.AsSpan(starts[i]..starts[i + 1])))];
    }

    public static PackedBatch Pack(params TokenSequence[] sequences)
    {
        InMemoryDataset dataset = new(sequences);
        int[] targets = dataset.TargetCounts.ToArray();
        return new PackedBatchCollator(dataset).Collate(
            new MicroBatch(Enumerable.Range(0, sequences.Length).ToArray(), LengthLimit.None) { Totals = new StepTotals(targets.Count(n => n > 0), 1, targets.Sum()) });
    }

    public static double MaxDifference(Tensor actual, Tensor expected)
    {
        Assert.Equal(expected.shape, actual.shape);
        return (actual.to(ScalarType.Float64) - expected.to(ScalarType.Float64)).abs().max().ToDouble();
    }

    /// <summary>Compares a tensor with its norm, sum and first numbers, each relative to the norm.</summary>
    public static void AssertSummary(JsonElement expected, Tensor tensor, double least, string name)
    {
        Tensor wide = tensor.to(ScalarType.Float64);
        double norm = expected.GetProperty("l2").GetDouble();
        double unit = 1e-4 * Math.Max(norm, least);
        AssertNear(norm, wide.norm().ToDouble(), unit, $"norm of {name}");
        AssertNear(expected.GetProperty("sum").GetDouble(), wide.sum().ToDouble(), unit * Math.Sqrt(wide.numel()), $"sum of {name}");
        AssertFirst(expected.GetProperty("first8"), wide.flatten(), unit, name);
        if (expected.TryGetProperty("row", out JsonElement row))
        {
            AssertFirst(expected.GetProperty("row_first8"), wide[row.GetInt64()], unit, $"row {row} of {name}");
        }
    }

    public static void AssertFirst(JsonElement expected, Tensor flat, double tolerance, string name)
    {
        double[] numbers = Golden.Numbers(expected);
        double[] actual = [.. flat.contiguous().data<double>().Take(numbers.Length)];
        for (int i = 0; i < numbers.Length; i++)
        {
            AssertNear(numbers[i], actual[i], tolerance, $"number {i} of {name}");
        }
    }

    public static void AssertNear(double expected, double actual, double tolerance, string what)
        => Assert.True(Math.Abs(expected - actual) <= tolerance, $"The {what} is {actual:R}, expected {expected:R} within {tolerance:R}.");

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("LONGALIGN_GOLDEN") is { Length: > 0 })
        {
            return Existing(Golden.PathOf("models"));
        }

        DirectoryInfo? repository = new(AppContext.BaseDirectory);
        while (repository is not null && !File.Exists(Path.Combine(repository.FullName, "LongAlign.Core.sln")))
        {
            repository = repository.Parent;
        }

        string beside = repository is null ? "" : Path.Combine(repository.FullName, "..", "shared", "golden", "models");
        return Existing(beside) ?? Existing(Golden.PathOf("models"));

        static string? Existing(string folder) => File.Exists(Path.Combine(folder, "index.json")) ? Path.GetFullPath(folder) : null;
    }

    private static string[] Folders(string kind)
        => Root is null || !Index.TryGetProperty(kind, out JsonElement items) || items.GetArrayLength() == 0
            ? [""]
            : [.. items.EnumerateArray().Select(item => item.GetProperty("folder").GetString()!)];
}
