using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using CsCheck;
using LongAlign.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Safetensors;

public sealed class SafetensorsWriterTests
{
    public static TheoryData<ScalarType> Dtypes =>
    [
        ScalarType.Float64, ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64, ScalarType.Int32, ScalarType.Byte, ScalarType.Bool,
    ];

    [Theory]
    [MemberData(nameof(Dtypes))]
    public void Tensors_of_all_shapes_are_read_as_they_were_written_bit_for_bit(ScalarType dtype) => Gen.Int[0, 4].Array[0, 4].Array[0, 5].Select(Gen.ULong).Sample(
        (shapes, seed) =>
        {
            using DisposeScope scope = NewDisposeScope();
            using TemporaryFolder folder = new();
            using Generator generator = new(seed);
            KeyValuePair<string, Tensor>[] written = [.. shapes.Select((shape, i) => KeyValuePair.Create($"tensor.{i}", Draw(shape, dtype, generator)))];
            SafetensorsWriter.Write(folder.File("w"), written);
            using SafetensorsReader reader = new(folder.File("w"));
            Assert.Equal(written.Select(w => w.Key), reader.Entries.Keys);
            foreach ((string name, Tensor tensor) in written)
            {
                AssertSameBits(tensor, reader.Read(name));
            }
        },
        iter: 50,
        threads: 1);

    [Fact]
    public void Numbers_that_are_not_ordinary_keep_their_bits()
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        float[] numbers = [float.NaN, BitConverter.UInt32BitsToSingle(0xFFC12345), float.PositiveInfinity, float.NegativeInfinity, -0f, float.Epsilon, float.MaxValue];
        Tensor odd = tensor(numbers);
        SafetensorsWriter.Write(folder.File("w"), [KeyValuePair.Create("odd", odd), KeyValuePair.Create("bf16", odd.to(ScalarType.BFloat16))]);
        using SafetensorsReader reader = new(folder.File("w"));
        AssertSameBits(odd, reader.Read("odd"));
        AssertSameBits(odd.to(ScalarType.BFloat16), reader.Read("bf16"));
    }

    [Fact]
    public void A_view_is_written_as_its_own_elements()
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        Tensor whole = arange(12).to(ScalarType.Float32).view(3, 4);
        SafetensorsWriter.Write(folder.File("w"), [KeyValuePair.Create("t", whole.t()), KeyValuePair.Create("column", whole.narrow(1, 1, 1))]);
        using SafetensorsReader reader = new(folder.File("w"));
        AssertSameBits(whole.t().contiguous(), reader.Read("t"));
        AssertSameBits(whole.narrow(1, 1, 1).contiguous(), reader.Read("column"));
    }

    [Fact]
    public void The_header_is_what_hugging_face_reads()
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        SafetensorsWriter.Write(folder.File("w"), [KeyValuePair.Create("a", zeros(3, dtype: ScalarType.BFloat16)), KeyValuePair.Create("b", tensor(1.5f))]);
        byte[] bytes = File.ReadAllBytes(folder.File("w"));
        long headerBytes = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, headerBytes % 8);
        using JsonDocument header = JsonDocument.Parse(Encoding.UTF8.GetString(bytes, 8, (int)headerBytes));
        Assert.Equal("""{"format":"pt"}""", header.RootElement.GetProperty("__metadata__").GetRawText());
        Assert.Equal("""{"dtype":"BF16","shape":[3],"data_offsets":[0,6]}""", header.RootElement.GetProperty("a").GetRawText());
        Assert.Equal("""{"dtype":"F32","shape":[],"data_offsets":[6,10]}""", header.RootElement.GetProperty("b").GetRawText());
        Assert.Equal(8 + headerBytes + 10, bytes.Length);
        Assert.Equal([0, 0, 0xC0, 0x3F], bytes[^4..]);
    }

    [Fact]
    public void Metadata_of_others_are_no_tensor()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("w", SafetensorsBytes.Make("""{"__metadata__":{"format":"pt","by":"someone"},""" + SafetensorsBytes.Entry("w", "F32", "[1]", 0, 4) + "}", 4));
        using SafetensorsReader reader = new(path);
        Assert.Equal(["w"], reader.Entries.Keys);
    }

    [Fact]
    public void A_dtype_that_the_format_lacks_is_refused_and_the_earlier_file_stays()
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        folder.Write("w", "earlier");
        string message = Assert.Throws<SafetensorsException>(() => SafetensorsWriter.Write(folder.File("w"), [KeyValuePair.Create("z", zeros(1, dtype: ScalarType.ComplexFloat32))])).Message;
        Assert.Contains("ComplexFloat32 can't be written; expected one of F64", message, StringComparison.Ordinal);
        Assert.Equal("earlier", File.ReadAllText(folder.File("w")));
    }

    [Fact]
    public void A_file_takes_the_place_of_an_earlier_one_and_leaves_nothing_beside_it()
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        SafetensorsWriter.Write(folder.File("w"), [KeyValuePair.Create("long", zeros(100))]);
        SafetensorsWriter.Write(folder.File("w"), [KeyValuePair.Create("short", ones(1))]);
        using SafetensorsReader reader = new(folder.File("w"));
        Assert.Equal(["short"], reader.Entries.Keys);
        Assert.Equal([folder.File("w")], Directory.GetFiles(folder));
    }

    [Fact]
    public void A_tensor_that_is_not_there_is_named_with_the_file()
    {
        using TemporaryFolder folder = new();
        SafetensorsWriter.Write(folder.File("w"), []);
        using SafetensorsReader reader = new(folder.File("w"));
        Assert.Equal($"{folder.File("w")} has no tensor 'x'.", Assert.Throws<SafetensorsException>(() => reader.Read("x")).Message);
    }

    private static Tensor Draw(int[] shape, ScalarType dtype, Generator generator)
        => (randn([.. shape.Select(n => (long)n)], generator: generator) * 100).abs_().to(dtype);

    private static void AssertSameBits(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.dtype, actual.dtype);
        Assert.Equal(expected.shape, actual.shape);
        Assert.True(expected.bytes.SequenceEqual(actual.bytes));
    }
}
