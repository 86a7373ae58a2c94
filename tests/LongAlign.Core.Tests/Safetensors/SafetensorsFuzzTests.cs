using CsCheck;
using LongAlign.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Safetensors;

[Trait("Speed", "Slow")]
public sealed class SafetensorsFuzzTests
{
    private static readonly byte[] Whole = MakeFile();

    /// <summary>One byte is another, the file is cut off, or both; most faults in the header, where they do harm.</summary>
    private static readonly Gen<byte[]> Damaged =
        from position in Gen.Frequency((4, Gen.Int[0, HeaderBytes - 1]), (1, Gen.Int[0, Whole.Length - 1]))
        from value in Gen.Frequency((2, Gen.Byte), (1, Gen.OneOf([.. "\"\\{}[]:,-+.eE0123456789 "u8.ToArray().Select(Gen.Const)])))
        from length in Gen.Frequency((4, Gen.Const(Whole.Length)), (1, Gen.Int[0, Whole.Length]))
        select Damage(position, value, length);

    private static int HeaderBytes => 8 + BitConverter.ToInt32(Whole);

    [Fact]
    public void A_damaged_file_reads_well_or_is_refused_and_never_anything_else()
    {
        using TemporaryFolder folder = new();
        (int read, int refused) = (0, 0);
        Damaged.Sample(
            bytes =>
            {
                if (TryRead(folder.Write("model.safetensors", bytes)))
                {
                    read++;
                }
                else
                {
                    refused++;
                }
            },
            iter: 10_000,
            threads: 1);

        // A changed byte of data is another number, and the name of a tensor another name.
        Assert.True(read > 100 && refused > 1_000, $"{read} read, {refused} refused.");
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        using TemporaryFolder folder = new();
        for (int length = 0; length < Whole.Length; length++)
        {
            Assert.False(TryRead(folder.Write("model.safetensors", Whole.AsSpan(0, length))), $"{length} bytes were read.");
        }

        Assert.True(TryRead(folder.Write("model.safetensors", Whole)));
    }

    /// <summary>Reads all tensors; false where the reader refuses. Any other exception fails the test.</summary>
    private static bool TryRead(string path)
    {
        using DisposeScope scope = NewDisposeScope();
        try
        {
            using SafetensorsReader reader = new(path);
            foreach ((string name, SafetensorsEntry entry) in reader.Entries)
            {
                Tensor tensor = reader.Read(name);
                Assert.Equal(entry.Shape, tensor.shape);
                Assert.Equal(entry.ByteCount, tensor.numel() * tensor.element_size());
            }

            return true;
        }
        catch (SafetensorsException e)
        {
            Assert.Contains(path, e.Message, StringComparison.Ordinal);
            return false;
        }
    }

    private static byte[] Damage(int position, byte value, int length)
    {
        byte[] bytes = [.. Whole];
        bytes[position] = value;
        return bytes[..length];
    }

    private static byte[] MakeFile()
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        string path = folder.File("model.safetensors");
        SafetensorsWriter.Write(
            path,
            [
                KeyValuePair.Create("embed.weight", arange(12).to(ScalarType.Float32).view(3, 4)),
                KeyValuePair.Create("norm", ones(5, dtype: ScalarType.BFloat16)),
                KeyValuePair.Create("empty", zeros(0, 2, dtype: ScalarType.Float16)),
                KeyValuePair.Create("scalar", tensor(7L)),
            ]);
        return File.ReadAllBytes(path);
    }
}
