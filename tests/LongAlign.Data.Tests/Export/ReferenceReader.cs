using System.Text.Json;

namespace LongAlign.Data.Tests.Export;

/// <summary>
/// The packed files as the reference's dataset.py and main.py read them: packs that fill no step are dropped (DS-1), M is the sum of a
/// step's weights (DS-2), weights are scaled by K / M (MN-1), the boundaries go to FlashAttention as cu_seqlens. <paramref name="halved"/>
/// packs are cut to half and weighted twice (DS-3: 32, here any number).
/// </summary>
internal sealed class ReferenceReader(string folder, int deviceCount, int halved = 0)
{
    private readonly long[] _ids = Npy.Read(Path.Combine(folder, "inputs_pack.npy")).Int64();
    private readonly long[] _labels = Npy.Read(Path.Combine(folder, "labels_pack.npy")).Int64();
    private readonly float[] _weights = Npy.Read(Path.Combine(folder, "weights_pack.npy")).Float32();
    private readonly int[][] _boundaries = [.. JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "attention_masks_pack.json"))).RootElement.EnumerateArray().Select(Golden.Ints)];

    public long[] Shape { get; } = Npy.Read(Path.Combine(folder, "inputs_pack.npy")).Shape;

    public int Count => (int)Shape[0] / deviceCount * deviceCount;

    public (long[] Ids, long[] Labels, float[] ScaledWeights, int[] CuSeqLens) this[int pack]
    {
        get
        {
            int width = (int)Shape[1];
            int length = pack < halved ? width / 2 : width;
            int first = pack / deviceCount * deviceCount;
            float m = _weights[(first * width)..((first + deviceCount) * width)].Sum();
            Range own = (pack * width)..((pack * width) + length);
            int[] boundaries = pack < halved ? [.. _boundaries[pack].Where(boundary => boundary < length), length] : _boundaries[pack];
            return (_ids[own], _labels[own], [.. _weights[own].Select(weight => weight * (pack < halved ? 2 : 1) * deviceCount / m)], boundaries);
        }
    }
}
