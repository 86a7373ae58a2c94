using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using CsCheck;
using LongAlign.Data.Store;
using LongAlign.Sequences;

namespace LongAlign.Data.Tests.Store;

public class TokenStoreTests
{
    private static readonly TokenStoreOptions Small = new() { ShardTokens = 400, BatchTokens = 90 };

    [Fact]
    public void A_store_gives_what_was_put_in_whatever_the_sizes_of_shards_and_batches()
        => Gen.Select(Gen.Int[1, 1_000_000], Gen.Int[1, 60], Gen.Int[1, 500], Gen.Int[1, 200]).Sample((seed, count, shard, batch) =>
        {
            using TemporaryFolder folder = new();
            TokenSequence[] sequences = Sequences(seed, count);
            TokenStoreWriter.Write(folder, sequences, new TokenStoreOptions { ShardTokens = shard, BatchTokens = batch });
            InMemoryDataset expected = new(sequences);
            using TokenStore store = TokenStore.Open(folder);
            store.Verify();
            Assert.Equal(expected.Lengths.ToArray(), store.Lengths.ToArray());
            Assert.Equal(expected.TargetCounts.ToArray(), store.TargetCounts.ToArray());
            Random random = new(seed);
            for (int i = count - 1; i >= 0; i--)
            {
                int start = random.Next(sequences[i].Length);
                int length = 1 + random.Next(sequences[i].Length - start);
                AssertSame(expected, store, i, 0, sequences[i].Length);
                AssertSame(expected, store, i, start, length);
                Assert.Equal(expected.CountTargets(i, start, length), store.CountTargets(i, start, length));
            }
        }, iter: 40, threads: 1);

    [Fact]
    public void A_writer_stopped_anywhere_is_gone_on_with_and_the_files_end_equal_to_the_byte()
    {
        using TemporaryFolder whole = new();
        TokenSequence[] sequences = Sequences(1, 60);
        TokenStoreWriter.Write(whole, sequences, Small);
        for (int stop = 0; stop <= sequences.Length; stop += 4)
        {
            using TemporaryFolder folder = new();
            using (TokenStoreWriter writer = new(folder, Small))
            {
                System.Array.ForEach(sequences[..stop], writer.Append);
            }

            Assert.Contains("token store", Assert.Throws<TokenStoreException>(() => TokenStore.Open(folder)).Message, StringComparison.Ordinal);
            TokenStoreWriter.Write(folder, sequences, Small);
            Assert.Equal(Contents(whole), Contents(folder));
        }
    }

    [Fact]
    public void A_writer_goes_on_after_the_last_whole_shard()
    {
        using TemporaryFolder folder = new();
        TokenSequence[] sequences = Sequences(2, 60);
        using (TokenStoreWriter writer = new(folder, Small))
        {
            System.Array.ForEach(sequences[..40], writer.Append);
        }

        using TokenStoreWriter second = new(folder, Small);
        Assert.InRange(second.SequencesKept, 10, 40);
        System.Array.ForEach(sequences[(int)second.SequencesKept..], second.Append);
        second.Complete();
        using TokenStore store = TokenStore.Open(folder);
        AssertSame(new InMemoryDataset(sequences), store, 59, 0, sequences[59].Length);
        DataReport report = second.Report;
        Assert.Equal(("storing", 60L, 60L), (report.Stage, report.RowsIn, report.RowsOut));
        Assert.Equal((sequences.Sum(s => (long)s.Length), sequences.Sum(s => (long)s.TargetCount), 60L), (report.TokenCount, report.TargetCount, report.Lengths.Count));
    }

    [Fact]
    public void The_report_of_a_store_tells_the_stages_before_it()
    {
        using TemporaryFolder folder = new();
        ChatConversation[] chats = [.. Enumerable.Range(0, 3).Select(i => new ChatConversation([new ChatMessage("user", "question"), new ChatMessage(i == 1 ? "user" : "assistant", "answer")], $"row {i}"))];
        StreamedSequences sequences = new ChatDataset(chats).TokenizeStreaming(ModelTokenizer.Load(SampleData.TinyLlama), ChatTemplate.LongAlignLlama, new TokenizationOptions { SkipInvalid = true });
        DataReport report = TokenStoreWriter.Write(folder, sequences, Small);
        Assert.Equal([("reading", 3L, 3L), ("tokenization", 3L, 2L), ("storing", 2L, 2L)], report.Before.Append(report).Select(stage => (stage.Stage, stage.RowsIn, stage.RowsOut)));
    }

    [Fact]
    public void Other_sequences_than_before_are_an_error()
    {
        using TemporaryFolder folder = new();
        using (TokenStoreWriter writer = new(folder, Small))
        {
            System.Array.ForEach(Sequences(1, 40), writer.Append);
        }

        TokenStoreException e = Assert.Throws<TokenStoreException>(() => TokenStoreWriter.Write(folder, Sequences(2, 60), Small));
        Assert.Contains("tokens-00000.arrow", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sequences_as_long_as_before_with_other_targets_are_an_error()
    {
        using TemporaryFolder folder = new();
        TokenSequence[] sequences = Sequences(1, 40);
        using (TokenStoreWriter writer = new(folder, Small))
        {
            System.Array.ForEach(sequences, writer.Append);
        }

        int changed = System.Array.FindIndex(sequences, sequence => sequence.TargetCount > 0);
        sequences[changed] = new TokenSequence([.. sequences[changed].InputIds], [.. Enumerable.Repeat(TokenSequence.IgnoreIndex, sequences[changed].Length)]);
        Assert.Contains($"differ at number {changed}", Assert.Throws<TokenStoreException>(() => TokenStoreWriter.Write(folder, sequences, Small)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shard_is_written_in_batches_so_that_memory_holds_one()
    {
        using TemporaryFolder folder = new();
        TokenSequence[] sequences = Sequences(7, 40);
        TokenStoreWriter.Write(folder, sequences, Small with { ShardTokens = 100_000 });
        int start = 0;
        ShardBatch[] batches = ShardIndex.Read(StoreFiles.Index(folder, 0)).Batches;
        foreach (ShardBatch batch in batches)
        {
            Assert.InRange(sequences[start..(start += batch.Sequences)].Sum(sequence => sequence.Length), 1, Small.BatchTokens + 60);
        }

        Assert.Equal(sequences.Length, start);
    }

    [Fact]
    public void A_folder_has_one_writer_and_a_finished_store_none()
    {
        using TemporaryFolder folder = new();
        using (TokenStoreWriter writer = new(folder, Small))
        {
            Assert.ThrowsAny<IOException>(() => new TokenStoreWriter(folder, Small));
            Assert.Throws<InvalidOperationException>(writer.Complete);
            System.Array.ForEach(Sequences(1, 3), writer.Append);
            writer.Complete();
            Assert.Throws<InvalidOperationException>(() => writer.Append(Sequences(1, 1)[0]));
        }

        Assert.Contains("finished", Assert.Throws<TokenStoreException>(() => new TokenStoreWriter(folder, Small)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_shards_are_Arrow_streams_of_two_columns()
    {
        using TemporaryFolder folder = new();
        TokenSequence[] sequences = Sequences(3, 20);
        TokenStoreWriter.Write(folder, sequences, Small);
        int row = 0;
        foreach (string path in Directory.EnumerateFiles(folder, "*.arrow").Order(StringComparer.Ordinal))
        {
            using FileStream file = File.OpenRead(path);
            using ArrowStreamReader reader = new(file);
            while (reader.ReadNextRecordBatch() is { } batch)
            {
                using (batch)
                {
                    Assert.Equal(["input_ids", "labels"], batch.Schema.FieldsList.Select(field => field.Name));
                    for (int i = 0; i < batch.Length; i++, row++)
                    {
                        Assert.Equal(sequences[row].InputIds.ToArray(), ((Int32Array)((ListArray)batch.Column(0)).GetSlicedValues(i)).Values.ToArray());
                        Assert.Equal(sequences[row].Labels.ToArray(), ((Int32Array)((ListArray)batch.Column(1)).GetSlicedValues(i)).Values.ToArray());
                    }
                }
            }
        }

        Assert.Equal(20, row);
    }

    [Fact]
    public void Tokens_are_read_where_the_file_is_mapped()
    {
        using TemporaryFolder folder = new();
        TokenStoreWriter.Write(folder, Sequences(4, 20), Small with { ShardTokens = 100_000 });
        ShardIndex index = ShardIndex.Read(StoreFiles.Index(folder, 0));
        using ShardReader shard = new(StoreFiles.Shard(folder, 0), index);
        Assert.True(shard.Bytes.Overlaps(MemoryMarshal.AsBytes(shard.Slice(0, 1).Ids)));
        Assert.True(shard.Bytes.Overlaps(MemoryMarshal.AsBytes(shard.Slice(index.Lengths.ToArray().Sum(length => (long)length) - 1, 1).Labels)));
    }

    [Fact]
    public void Several_threads_may_read()
    {
        using TemporaryFolder folder = new();
        TokenSequence[] sequences = Sequences(5, 60);
        TokenStoreWriter.Write(folder, sequences, Small);
        InMemoryDataset expected = new(sequences);
        using TokenStore store = TokenStore.Open(folder);
        Parallel.For(0, 2_000, i => AssertSame(expected, store, i % 60, 0, sequences[i % 60].Length));
    }

    [Theory]
    [InlineData(-1, 0, 1)]
    [InlineData(60, 0, 1)]
    [InlineData(0, -1, 1)]
    [InlineData(0, 0, 0)]
    [InlineData(0, 0, 1_000)]
    [InlineData(0, int.MaxValue, 1)]
    public void What_is_not_there_can_not_be_read(int index, int start, int length)
    {
        using TemporaryFolder folder = new();
        TokenStoreWriter.Write(folder, Sequences(6, 60), Small);
        using TokenStore store = TokenStore.Open(folder);
        Assert.Throws<ArgumentOutOfRangeException>(() => store.CopyTo(index, start, new long[length], new long[length]));
        Assert.Throws<ArgumentOutOfRangeException>(() => store.CountTargets(index, start, length));
    }

    [Fact]
    public void A_closed_store_can_not_be_read()
    {
        using TemporaryFolder folder = new();
        TokenStoreWriter.Write(folder, Sequences(6, 6), Small);
        TokenStore store = TokenStore.Open(folder);
        store.CopyTo(0, 0, new long[1], new long[1]);
        store.Dispose();
        Assert.Throws<ObjectDisposedException>(() => store.CopyTo(0, 0, new long[1], new long[1]));
    }

    internal static TokenSequence[] Sequences(int seed, int count)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            int[] ids = [.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => random.Next(32_000))];
            return new TokenSequence(ids, [.. ids.Select(id => random.Next(3) == 0 ? id : TokenSequence.IgnoreIndex)]);
        })];
    }

    private static void AssertSame(InMemoryDataset expected, TokenStore store, int index, int start, int length)
    {
        (long[] ids, long[] labels, long[] wantedIds, long[] wantedLabels) = (new long[length], new long[length], new long[length], new long[length]);
        expected.CopyTo(index, start, wantedIds, wantedLabels);
        store.CopyTo(index, start, ids, labels);
        Assert.Equal(wantedIds, ids);
        Assert.Equal(wantedLabels, labels);
    }

    private static (string, string)[] Contents(string folder)
        => [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Select(path => (Path.GetFileName(path), Convert.ToHexString(File.ReadAllBytes(path))))];
}
