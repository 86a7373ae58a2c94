using System.Buffers.Binary;
using LongAlign.Data.Store;

namespace LongAlign.Data.Tests.Store;

/// <summary>Whatever a file holds, the process lives and the message names the file.</summary>
[Trait("Speed", "Slow")]
public class DamagedStoreTests
{
    private static readonly TokenStoreOptions Small = new() { ShardTokens = 400, BatchTokens = 90 };

    [Fact]
    public void Every_changed_byte_of_a_shard_is_found_and_the_shard_named()
    {
        using TemporaryFolder folder = new();
        string path = Write(folder);
        byte[] bytes = File.ReadAllBytes(path);
        for (int i = 0; i < bytes.Length; i += 7)
        {
            byte[] changed = [.. bytes];
            changed[i] ^= 0x10;
            File.WriteAllBytes(path, changed);
            using TokenStore store = TokenStore.Open(folder);
            TokenStoreException e = Assert.Throws<TokenStoreException>(store.Verify);
            Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Mutated_shards_never_crash_and_what_is_read_stays_in_bounds()
    {
        using TemporaryFolder folder = new();
        string path = Write(folder);
        byte[] bytes = File.ReadAllBytes(path);
        Random random = new(1);
        for (int i = 0; i < 6_000; i++)
        {
            byte[] mutated = [.. bytes];
            for (int changes = random.Next(1, 6); changes > 0; changes--)
            {
                // The metadata is in front: most changes go there.
                int at = random.Next(random.Next(4) > 0 ? 900 : mutated.Length - 8);
                switch (random.Next(3))
                {
                    case 0:
                        mutated[at] = (byte)random.Next(256);
                        break;
                    case 1:
                        BinaryPrimitives.WriteInt32LittleEndian(mutated.AsSpan(at & ~3), random.Next(2) == 0 ? random.Next() : -random.Next());
                        break;
                    default:
                        BinaryPrimitives.WriteInt64LittleEndian(mutated.AsSpan(at & ~7), random.NextInt64(-1L << 40, 1L << 40));
                        break;
                }
            }

            File.WriteAllBytes(path, mutated);
            Assert.True(Read(folder, path)); // numbers are read where the index says, whatever they are
        }
    }

    [Fact]
    public void A_shard_that_was_cut_or_is_missing_is_named_when_the_store_is_opened()
    {
        using TemporaryFolder folder = new();
        string path = Write(folder);
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..^1]);
        Assert.Contains($"{path} is damaged: it has {bytes.Length - 1} bytes", Assert.Throws<TokenStoreException>(() => TokenStore.Open(folder)).Message, StringComparison.Ordinal);
        File.Delete(path);
        Assert.Contains($"{path} is missing", Assert.Throws<TokenStoreException>(() => TokenStore.Open(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shard_that_is_cut_after_the_store_was_opened_and_before_it_is_read_is_named()
    {
        using TemporaryFolder folder = new();
        string path = Write(folder);
        using TokenStore store = TokenStore.Open(folder);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..100]);
        Assert.Contains(path, Assert.Throws<TokenStoreException>(() => store.CopyTo(0, 0, new long[1], new long[1])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mutated_indices_are_refused()
    {
        using TemporaryFolder folder = new();
        string path = Path.ChangeExtension(Write(folder), ".index");
        byte[] bytes = File.ReadAllBytes(path);
        Random random = new(2);
        for (int i = 0; i < 2_000; i++)
        {
            byte[] mutated = i % 4 == 0 ? bytes[..random.Next(bytes.Length)] : [.. bytes];
            if (mutated.Length > 0)
            {
                mutated[random.Next(mutated.Length)] ^= (byte)random.Next(1, 256);
            }

            File.WriteAllBytes(path, mutated);
            Assert.StartsWith(path, Assert.Throws<TokenStoreException>(() => TokenStore.Open(folder)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Indices_with_a_right_checksum_and_wrong_numbers_do_not_crash()
    {
        using TemporaryFolder folder = new();
        string path = Write(folder);
        string indexPath = Path.ChangeExtension(path, ".index");
        byte[] bytes = File.ReadAllBytes(indexPath);
        Random random = new(3);
        for (int i = 0; i < 2_000; i++)
        {
            byte[] mutated = [.. bytes];
            BinaryPrimitives.WriteInt32LittleEndian(mutated.AsSpan(8 + (4 * random.Next((mutated.Length - 12) / 4))), random.Next(2) == 0 ? random.Next(-3, 100) : random.Next(int.MinValue, int.MaxValue));
            BinaryPrimitives.WriteUInt32LittleEndian(mutated.AsSpan(mutated.Length - 4), Crc32C.Of(mutated.AsSpan(..^4)));
            File.WriteAllBytes(indexPath, mutated);
            Read(folder, folder);
        }
    }

    [Fact]
    public void Batches_that_share_a_place_are_refused()
    {
        using TemporaryFolder folder = new();
        ShardBatch[] batches = [.. Enumerable.Repeat(new ShardBatch(1, 0, 20), 3)];
        new ShardIndex(40, 0, new[] { 5, 5, 5 }, new[] { 1, 1, 1 }, batches).Write(folder.File("tokens-00000.index"));
        TokenStoreException e = Assert.Throws<TokenStoreException>(() => ShardIndex.Read(folder.File("tokens-00000.index")));
        Assert.Contains("15 tokens in a shard of 40 bytes", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"format":"LongAlign token store","version":2,"shards":1,"sequences":1,"tokens":1,"targets":1}""")]
    [InlineData("""{"format":"LongAlign token store","version":1,"shards":1,"sequences":9,"tokens":1,"targets":1}""")]
    [InlineData("""{"format":"LongAlign token store","version":1,"shards":999,"sequences":9,"tokens":1,"targets":1}""")]
    [InlineData("""{"format":"LongAlign token store","version":1,"shards":0,"sequences":0,"tokens":0,"targets":0}""")]
    public void A_wrong_manifest_is_refused(string text)
    {
        using TemporaryFolder folder = new();
        Write(folder);
        folder.Write("store.json", text);
        Assert.Contains(folder.FullName, Assert.Throws<TokenStoreException>(() => TokenStore.Open(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_checksum_is_CRC_32C()
        => Assert.Equal((0xE3069283u, 0x8A9136AAu), (Crc32C.Of("123456789"u8), Crc32C.Of(new byte[32])));

    /// <summary>Writes a store; returns its first shard.</summary>
    private static string Write(TemporaryFolder folder)
    {
        TokenStoreWriter.Write(folder, TokenStoreTests.Sequences(1, 40), Small);
        return folder.File("tokens-00000.arrow");
    }

    /// <summary>Reads all; returns whether that worked.</summary>
    private static bool Read(string folder, string named)
    {
        try
        {
            using TokenStore store = TokenStore.Open(folder);
            for (int i = 0; i < store.Count; i++)
            {
                store.CopyTo(i, 0, new long[store.Lengths[i]], new long[store.Lengths[i]]);
            }

            return true;
        }
        catch (TokenStoreException e)
        {
            Assert.StartsWith(named, e.Message, StringComparison.Ordinal);
            return false;
        }
    }
}
