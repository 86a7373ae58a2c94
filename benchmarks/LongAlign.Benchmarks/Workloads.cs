using LongAlign.Collation;
using LongAlign.Sequences;

namespace LongAlign.Benchmarks;

/// <summary>The workloads, made from fixed seeds, so that every run measures the same.</summary>
internal static class Workloads
{
    public const int Capacity = 65_536;

    /// <summary>Twelve sequences, 4,096 tokens, the longest more than a third of them.</summary>
    public static PackLayout LongTailedPack { get; } = PackLayout.FromLengths(48, 1_536, 96, 512, 32, 768, 256, 64, 384, 128, 192, 80);

    /// <summary>Twelve sequences, 16,384 tokens, in the proportions of <see cref="LongTailedPack"/>.</summary>
    public static PackLayout LongPack { get; } =
        PackLayout.FromLengths(192, 6_144, 384, 2_048, 128, 3_072, 1_024, 256, 1_536, 512, 768, 320);

    /// <summary>500 short sequences in no order (lognormal, median 32 tokens, sigma 0.7): about 20,000 tokens.</summary>
    public static PackLayout ManyShort()
    {
        Random random = new(42);
        return PackLayout.FromLengths([.. Enumerable.Range(0, 500).Select(_ => Math.Clamp((int)(32 * Math.Exp(0.7 * Normal(random))), 2, 512))]);
    }

    /// <summary>The paper's mix: nine short conversations (lognormal, median 1,200 tokens, sigma 1) to one long document (8k to 64k).</summary>
    public static int[] LongMix(int count)
    {
        Random random = new(42);
        int[] lengths = new int[count];
        for (int i = 0; i < count; i++)
        {
            lengths[i] = random.Next(10) == 0
                ? random.Next(8_192, Capacity + 1)
                : Math.Clamp((int)(1_200 * Math.Exp(Normal(random))), 16, Capacity);
        }

        return lengths;
    }

    /// <summary>
    /// As near to the paper's training data as its numbers tell: 10,000 long sequences of 8k to 64k (density falling with the square of the
    /// length) among 94,000 short ones (lognormal, median 1,800 tokens, sigma 1), so that about 12 fill a pack.
    /// </summary>
    public static int[] PaperMix()
    {
        Random random = new(42);
        int[] lengths = new int[104_000];
        for (int i = 0; i < lengths.Length; i++)
        {
            lengths[i] = random.Next(lengths.Length) < 10_000
                ? (int)(8_192 / (1 - (random.NextDouble() * 7 / 8)))
                : Math.Clamp((int)(1_800 * Math.Exp(Normal(random))), 16, Capacity);
        }

        return lengths;
    }

    /// <summary>Sequences of the lengths given, whose last tokens are targets.</summary>
    /// <param name="lengths">Tokens of each sequence.</param>
    /// <param name="targetShare">The share of each sequence's tokens that are targets.</param>
    /// <param name="vocabulary">Ids are smaller than this.</param>
    public static InMemoryDataset Dataset(int[] lengths, double targetShare, int vocabulary)
    {
        Random random = new(42);
        return new InMemoryDataset(lengths.Select(length =>
        {
            int[] ids = new int[length];
            int[] labels = new int[length];
            for (int t = 0; t < length; t++)
            {
                ids[t] = random.Next(vocabulary);
                labels[t] = t >= length * (1 - targetShare) ? ids[t] : TokenSequence.IgnoreIndex;
            }

            return new TokenSequence(ids, labels);
        }));
    }

    private static double Normal(Random random)
        => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
