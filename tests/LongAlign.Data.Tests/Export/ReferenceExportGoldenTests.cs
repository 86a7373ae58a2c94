using System.Text.Json;
using LongAlign.Data.Export;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Data.Tests.Export;

/// <summary>
/// The files that the reference's sort_and_group.py writes, written from the same rows. Departures: SG-1 (rows are taken as the reference
/// misread them), SG-4 (capacity less one), SG-5 (its last pack is left out here), LS-2 (a first token is no target).
/// </summary>
[Trait("Category", "Golden")]
public sealed class ReferenceExportGoldenTests
{
    private static readonly JsonElement Cases = Golden.ReadJson("packing", "cases.json");

    public static TheoryData<string> Packed => [.. Cases.EnumerateArray().Where(c => c.TryGetProperty("attention_masks_pack", out _)).Select(c => c.GetProperty("name").GetString()!)];

    public static TheoryData<string> Sorted => [.. Golden.Names(Cases).Where(name => File.Exists(Golden.PathOf("packing", name, "inputs_sort.npy")))];

    [Theory]
    [MemberData(nameof(Packed))]
    public void Packs_are_the_references_files(string name)
    {
        using TemporaryFolder folder = new();
        JsonElement golden = Golden.Case(Cases, name);
        int length = golden.GetProperty("max_length").GetInt32();
        int[] lengths = [.. Golden.Ints(golden.GetProperty("eos_indices_by_row")).Select(end => end + 1)];
        int[] rows = [.. Enumerable.Range(0, lengths.Length).Where(row => lengths[row] > 0 && lengths[row] < length)];
        InMemoryDataset dataset = new(ReadRows(name, rows, lengths));
        PackingPlan plan = PackingAlgorithm.Sequential.Pack(dataset.Lengths, length - 1);
        int[][] boundaries = [.. golden.GetProperty("attention_masks_pack").EnumerateArray().Select(Golden.Ints)];
        ReferenceExport.WritePacks(folder, dataset, [.. plan.Take(boundaries.Length)], length);

        Assert.Equal(boundaries, JsonDocument.Parse(File.ReadAllBytes(folder.File("attention_masks_pack.json"))).RootElement.EnumerateArray().Select(Golden.Ints));
        Assert.Equal(File.ReadAllBytes(Golden.PathOf("packing", name, "inputs_pack.npy")), File.ReadAllBytes(folder.File("inputs_pack.npy")));
        (int[] labels, float[] weights) = WithoutFirstTargets(name, boundaries, length);
        Assert.Equal(labels, Npy.Read(folder.File("labels_pack.npy")).Int32());
        Assert.Equal(weights, Npy.Read(folder.File("weights_pack.npy")).Float32(), (a, b) => Math.Abs(a - b) < 1e-7);
        if (labels.SequenceEqual(Golden.ReadNpy("packing", name, "labels_pack.npy").Int32()))
        {
            Assert.Equal(File.ReadAllBytes(Golden.PathOf("packing", name, "labels_pack.npy")), File.ReadAllBytes(folder.File("labels_pack.npy")));
            Assert.Equal(File.ReadAllBytes(Golden.PathOf("packing", name, "weights_pack.npy")), File.ReadAllBytes(folder.File("weights_pack.npy")));
        }
    }

    [Theory]
    [MemberData(nameof(Sorted))]
    public void Sorted_rows_are_the_references_files(string name)
    {
        JsonElement golden = Golden.Case(Cases, name);
        int width = golden.GetProperty("width").GetInt32();
        int[] order = Golden.Ints(golden.GetProperty("sort_order"));
        int[] lengths = Golden.Ints(golden.GetProperty("row_lengths"));
        int[] ids = Golden.ReadNpy("packing", name, "inputs.npy").Int32();

        // SG-1: full rows and rows with an id 0 are what the reference's own reader gets wrong, and refused here; an empty row is no sequence.
        int[] kept = [.. order.Where(row => lengths[row] > 0 && lengths[row] < width && !ids.AsSpan(row * width, lengths[row]).Contains(0))];
        Assert.NotEmpty(kept);
        using TemporaryFolder folder = new();
        InMemoryDataset dataset = new(ReadRows(name, kept, lengths));
        ReferenceExport.WriteSorted(folder, dataset, [new MicroBatch(Enumerable.Range(0, kept.Length).ToArray(), LengthLimit.None)], width);
        if (kept.Length == order.Length)
        {
            Assert.Equal(File.ReadAllBytes(Golden.PathOf("packing", name, "inputs_sort.npy")), File.ReadAllBytes(folder.File("inputs_sort.npy")));
        }

        AssertRows("inputs_sort.npy", first: null);
        AssertRows("labels_sort.npy", first: TokenSequence.IgnoreIndex); // LS-2

        void AssertRows(string file, int? first)
        {
            int[] expected = Golden.ReadNpy("packing", name, file).Int32();
            int[] actual = Npy.Read(folder.File(file)).Int32();
            for (int i = 0; i < kept.Length; i++)
            {
                int row = Array.IndexOf(order, kept[i]);
                int[] golden = expected[(row * width)..((row + 1) * width)];
                golden[0] = first ?? golden[0];
                Assert.Equal(golden, actual[(i * width)..((i + 1) * width)]);
            }
        }
    }

    private static IEnumerable<TokenSequence> ReadRows(string name, int[] rows, int[] lengths)
    {
        Npy inputs = Golden.ReadNpy("packing", name, "inputs.npy");
        int width = (int)inputs.Shape[1];
        int[] ids = inputs.Int32();
        int[] labels = Golden.ReadNpy("packing", name, "labels.npy").Int32();
        return rows.Select(row => new TokenSequence(ids.AsSpan(row * width, lengths[row]), labels.AsSpan(row * width, lengths[row])));
    }

    /// <summary>The reference's labels and weights where a sequence's first token is no target (departure LS-2).</summary>
    private static (int[] Labels, float[] Weights) WithoutFirstTargets(string name, int[][] boundaries, int length)
    {
        int[] labels = Golden.ReadNpy("packing", name, "labels_pack.npy").Int32();
        float[] weights = Golden.ReadNpy("packing", name, "weights_pack.npy").Float32();
        for (int pack = 0; pack < boundaries.Length; pack++)
        {
            for (int i = 0; i + 2 < boundaries[pack].Length; i++)
            {
                (int start, int end) = ((pack * length) + boundaries[pack][i], (pack * length) + boundaries[pack][i + 1]);
                if (labels[start] != TokenSequence.IgnoreIndex)
                {
                    labels[start] = TokenSequence.IgnoreIndex;
                    int targets = labels[start..end].Count(label => label != TokenSequence.IgnoreIndex);
                    for (int t = start; t < end; t++)
                    {
                        weights[t] = labels[t] == TokenSequence.IgnoreIndex ? 0 : 1f / targets;
                    }
                }
            }
        }

        return (labels, weights);
    }
}
