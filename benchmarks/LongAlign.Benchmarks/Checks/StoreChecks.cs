using LongAlign.Data.Store;
using LongAlign.Sequences;

namespace LongAlign.Benchmarks.Checks;

/// <summary>The token store: how fast it opens and reads.</summary>
internal static class StoreChecks
{
    private const int ManySequences = 10_000_000;
    private const int LongTokens = 16_384;

    public static IEnumerable<Figure> Run()
    {
        string folder = Directory.CreateTempSubdirectory("longalign-store-").FullName;
        try
        {
            foreach (Figure figure in RunIn(folder))
            {
                yield return figure;
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<Figure> RunIn(string folder)
    {
        // Three tokens each, so that ten million fit on a small disk: opening reads lengths, whatever the tokens.
        string many = Path.Combine(folder, "many");
        InMemoryDataset kinds = Workloads.Dataset([1, 2, 3, 4, 5], 0.5, 32_000);
        double writing = Stopwatches.Once(() => TokenStoreWriter.Write(many, Enumerable.Range(0, ManySequences).Select(i => kinds[i % kinds.Count])));
        yield return new Figure("write 10M sequences of 3 tokens, checksums included", ManySequences / writing / 1e6, "M/s");
        yield return new Figure("open 10M sequences", Enumerable.Range(0, 3).Min(_ => Stopwatches.Once(() => TokenStore.Open(many).Dispose())), "s", AtMost: 1);

        // 256 MB in the page cache, beyond the processor's caches; sequences in random order.
        string longs = Path.Combine(folder, "long");
        InMemoryDataset dataset = Workloads.Dataset([.. Enumerable.Repeat(LongTokens, 2_048)], 0.2, 32_000);
        TokenStoreWriter.Write(longs, Enumerable.Range(0, dataset.Count).Select(i => dataset[i]));
        using TokenStore store = TokenStore.Open(longs);
        int[] order = [.. Enumerable.Range(0, dataset.Count)];
        new Random(1).Shuffle(order);
        (double memory, double mapped) = Stopwatches.Best(() => Read(dataset, order), () => Read(store, order), runs: 5);
        yield return new Figure("random access to mapped sequences of 16,384 tokens", dataset.Count * (double)LongTokens / mapped / 1e6, "M tokens/s");
        yield return new Figure("the same, speed against arrays in memory", memory / mapped, "x", AtLeast: 0.8);
        double bytes = dataset.Count * (double)LongTokens * 2 * sizeof(int);
        double checking = Stopwatches.Once(store.Verify);
        yield return new Figure("verify checksums", bytes / checking / 1e9, "GB/s");
    }

    private static void Read(ISequenceDataset dataset, int[] order)
    {
        long[] ids = new long[LongTokens];
        long[] labels = new long[LongTokens];
        foreach (int index in order)
        {
            dataset.CopyTo(index, 0, ids, labels);
        }
    }
}
