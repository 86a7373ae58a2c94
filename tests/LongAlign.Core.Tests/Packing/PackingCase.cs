using System.Globalization;
using System.Text.Json;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Core.Tests.Packing;

/// <summary>One input of the reference's sort_and_group.py and what it made of it.</summary>
internal sealed class PackingCase
{
    private readonly int _width;
    private readonly long[] _ids;
    private readonly long[] _labels;
    private readonly int[] _ends;

    public PackingCase(JsonElement golden)
    {
        Name = golden.GetProperty("name").GetString()!;
        MaxLength = golden.GetProperty("max_length").GetInt32();
        GroupSize = golden.GetProperty("group_size").GetInt32();
        RowLengths = Golden.Ints(golden.GetProperty("row_lengths"));
        SortIndices = Golden.Ints(golden.GetProperty("sort_indices"));
        IsSortStable = golden.TryGetProperty("sort_is_stable", out JsonElement stable) && stable.ValueKind == JsonValueKind.True;
        GroupOrder = Ints("randperm");
        SortOrder = Ints("sort_order");
        SortDroppedRows = Ints("sort_dropped_rows");
        PackedRows = Ints("packed_rows");
        SkippedRows = Ints("skipped_rows");
        Boundaries = golden.TryGetProperty("attention_masks_pack", out JsonElement packs) ? [.. packs.EnumerateArray().Select(Golden.Ints)] : [];
        PrintedMeanMaskLength = double.TryParse(golden.GetProperty("stdout_mean_mask_len").GetString(), CultureInfo.InvariantCulture, out double mean) ? mean : 0;
        _ends = Golden.Ints(golden.GetProperty("eos_indices_by_row"));
        _width = golden.GetProperty("width").GetInt32();
        _ids = Read("inputs").Int64();
        _labels = Read("labels").Int64();

        int[] Ints(string property) => golden.TryGetProperty(property, out JsonElement value) && value.ValueKind == JsonValueKind.Array ? Golden.Ints(value) : [];
    }

    public string Name { get; }

    public int MaxLength { get; }

    public int GroupSize { get; }

    /// <summary>True tokens of each row.</summary>
    public int[] RowLengths { get; }

    public int[] SortIndices { get; }

    /// <summary>Whether the reference's sort, which need not be, was stable.</summary>
    public bool IsSortStable { get; }

    public int[] GroupOrder { get; }

    public int[] SortOrder { get; }

    public int[] SortDroppedRows { get; }

    public int[] PackedRows { get; }

    public int[] SkippedRows { get; }

    /// <summary>Per pack: starts of its sequences, end of the last, the capacity. Empty where the reference failed.</summary>
    public int[][] Boundaries { get; }

    public double PrintedMeanMaskLength { get; }

    /// <summary>Rows whose length the reference misread.</summary>
    public IEnumerable<int> MisreadRows => Enumerable.Range(0, RowLengths.Length).Where(row => ReadLength(row) != RowLengths[row]);

    public int[] OverlongRows => [.. Enumerable.Range(0, RowLengths.Length).Where(row => RowLengths[row] > MaxLength)];

    /// <summary>Rows that the reference read and neither packed nor skipped: its last pack is never written.</summary>
    public int[] LostTail => [.. PackableRows.Except(PackedRows)];

    /// <summary>Tokens of a row as the reference read them; 0 where it found none.</summary>
    public int ReadLength(int row) => _ends[row] + 1;

    public Npy Read(string file) => Golden.ReadNpy("packing", Name, file + ".npy");

    public bool Has(string file) => File.Exists(Golden.PathOf("packing", Name, file + ".npy"));

    public long[] Ids(int row) => _ids[(row * _width)..((row + 1) * _width)];

    public TokenSequence Sequence(int row, int length)
    {
        int start = row * _width;
        return new TokenSequence(Array.ConvertAll(_ids[start..(start + length)], id => (int)id), Array.ConvertAll(_labels[start..(start + length)], label => (int)label));
    }

    /// <summary>Packs the rows that the reference could read, one token short of the capacity, which the reference never reached.</summary>
    /// <param name="rows">The row of each sequence of the plan.</param>
    public PackingPlan PackAsReference(out int[] rows)
    {
        rows = [.. PackableRows];
        return PackingAlgorithm.Sequential.Pack(Array.ConvertAll(rows, ReadLength), MaxLength - 1);
    }

    private IEnumerable<int> PackableRows => Enumerable.Range(0, RowLengths.Length).Where(row => ReadLength(row) > 0 && ReadLength(row) < MaxLength);
}
