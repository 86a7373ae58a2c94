using System.Text;
using LongAlign.Safetensors;
using static LongAlign.Core.Tests.Safetensors.SafetensorsBytes;

namespace LongAlign.Core.Tests.Safetensors;

/// <summary>Damaged and hostile files: each an exception that names the file, the tensor or the offset, and what is expected.</summary>
public sealed class SafetensorsHostileTests
{
    /// <summary>The fault, the header, the bytes of data, and what the message must say.</summary>
    public static TheoryData<string, string, int, string> Headers => new()
    {
        { "empty header", "", 0, "the header is not JSON" },
        { "not JSON", "weights", 0, "the header is not JSON" },
        { "truncated JSON", "{" + Entry("w", "F32", "[2]", 0, 8), 8, "the header is not JSON" },
        { "text behind the JSON", "{} {}", 0, "the header is not JSON" },
        { "nested too deeply", new string('[', 5_000), 0, "the header is not JSON" },
        { "array", "[]", 0, "the header is a JSON Array; expected an object" },
        { "number", "8", 0, "the header is a JSON Number; expected an object" },
        { "null", "null", 0, "the header is a JSON Null; expected an object" },

        { "entry is a number", """{"w":8}""", 8, "tensor 'w' lacks a dtype, a shape of whole numbers or two data_offsets" },
        { "no dtype", """{"w":{"shape":[2],"data_offsets":[0,8]}}""", 8, "tensor 'w' lacks a dtype" },
        { "no shape", """{"w":{"dtype":"F32","data_offsets":[0,8]}}""", 8, "tensor 'w' lacks" },
        { "no offsets", """{"w":{"dtype":"F32","shape":[2]}}""", 8, "two data_offsets" },
        { "dtype is a number", """{"w":{"dtype":32,"shape":[2],"data_offsets":[0,8]}}""", 8, "tensor 'w' lacks a dtype" },
        { "shape is a number", """{"w":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", 8, "a shape of whole numbers" },
        { "one offset", """{"w":{"dtype":"F32","shape":[2],"data_offsets":[8]}}""", 8, "two data_offsets" },
        { "three offsets", """{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}""", 8, "two data_offsets" },
        { "fraction in a shape", "{" + Entry("w", "F32", "[2.5]", 0, 8) + "}", 8, "a shape of whole numbers" },
        { "text in a shape", "{" + Entry("w", "F32", "[\"2\"]", 0, 8) + "}", 8, "a shape of whole numbers" },
        { "dimension over 64 bits", "{" + Entry("w", "F32", "[18446744073709551618]", 0, 8) + "}", 8, "a shape of whole numbers" },

        { "unknown dtype", "{" + Entry("w", "F8_E4M3", "[8]", 0, 8) + "}", 8, "tensor 'w' has dtype F8_E4M3; expected one of F64, F32" },
        { "lower-case dtype", "{" + Entry("w", "f32", "[2]", 0, 8) + "}", 8, "tensor 'w' has dtype f32; expected one of" },
        { "wrong dtype", "{" + Entry("w", "F64", "[2]", 0, 8) + "}", 8, "tensor 'w' has data_offsets 0 to 8, which is not the size of shape [2] in F64" },
        { "wrong shape", "{" + Entry("w", "F32", "[3]", 0, 8) + "}", 8, "not the size of shape [3] in F32" },
        { "scalar of two", "{" + Entry("w", "F32", "[]", 0, 8) + "}", 8, "not the size of shape [] in F32" },
        { "negative dimension", "{" + Entry("w", "F32", "[-2]", 0, 8) + "}", 8, "not the size of shape [-2] in F32" },
        { "two negative dimensions", "{" + Entry("w", "F32", "[-1,-2]", 0, 8) + "}", 8, "not the size of shape [-1, -2] in F32" },
        { "size wraps to 8", "{" + Entry("w", "F32", "[4611686018427387904,4,2]", 0, 8) + "}", 8, "not the size of shape [4611686018427387904, 4, 2]" },
        { "size wraps to 0", "{" + Entry("w", "F32", "[4294967296,4294967296]", 0, 0) + "}", 0, "not the size of shape [4294967296, 4294967296]" },
        { "empty, but immense", "{" + Entry("w", "F32", "[0,4611686018427387904,8]", 0, 0) + "}", 0, "not the size of shape [0, 4611686018427387904, 8]" },

        { "offset behind the end", "{" + Entry("w", "F32", "[2]", 8, 16) + "}", 8, "tensor 'w' has data_offsets 8 to 16; the file has 8 bytes of data" },
        { "offset far behind the end", "{" + Entry("w", "F32", "[2]", long.MaxValue - 8, long.MaxValue) + "}", 8, "the file has 8 bytes of data" },
        { "negative offset", "{" + Entry("w", "F32", "[2]", -8, 0) + "}", 8, "tensor 'w' has data_offsets -8 to 0; the file has 8 bytes of data" },
        { "end before begin", "{" + Entry("w", "F32", "[2]", 8, 0) + "}", 8, "tensor 'w' has data_offsets 8 to 0; the file has 8 bytes of data" },

        { "overlap", "{" + Entry("a", "F32", "[2]", 0, 8) + "," + Entry("b", "F32", "[2]", 4, 12) + "}", 12, "tensor 'b' begins at byte 4 of the data and overlaps the tensor before it; expected 8" },
        { "the same bytes", "{" + Entry("a", "F32", "[2]", 0, 8) + "," + Entry("b", "F32", "[2]", 0, 8) + "}", 8, "begins at byte 0 of the data and overlaps" },
        { "hole", "{" + Entry("a", "F32", "[1]", 0, 4) + "," + Entry("b", "F32", "[1]", 8, 12) + "}", 12, "tensor 'b' begins at byte 8 of the data and leaves a gap after the tensor before it; expected 4" },
        { "hole before the first", "{" + Entry("a", "F32", "[1]", 4, 8) + "}", 8, "tensor 'a' begins at byte 4 of the data and leaves a gap" },
        { "bytes behind the last", "{" + Entry("a", "F32", "[1]", 0, 4) + "}", 8, "has 8 bytes of data; its tensors account for 4" },
        { "no tensors, but data", "{}", 8, "has 8 bytes of data; its tensors account for 0" },
        { "data cut off", "{" + Entry("a", "F32", "[2]", 0, 8) + "}", 7, "tensor 'a' has data_offsets 0 to 8; the file has 7 bytes of data" },
        { "duplicate names", "{" + Entry("a", "F32", "[1]", 0, 4) + "," + Entry("a", "F32", "[1]", 4, 8) + "}", 8, "tensor 'a' stands twice in the header" },
        { "name is half a character", "{" + Entry("\\ud800", "F32", "[1]", 0, 4) + "}", 4, "the header is not JSON: " },
        { "dtype is half a character", "{" + Entry("w", "\\ud800", "[1]", 0, 4) + "}", 4, "the header is not JSON: " },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void A_fault_in_the_header_is_named(string fault, string header, int dataBytes, string expected)
    {
        Assert.NotEmpty(fault);
        AssertRefused(Make(header, dataBytes), expected);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void A_file_shorter_than_the_length_of_its_header_is_refused(int bytes)
        => AssertRefused(new byte[bytes], $"has {bytes} bytes; a safetensors file begins with 8 bytes for the length of its header");

    [Theory]
    [InlineData(3UL)]
    [InlineData((ulong)int.MaxValue + 1)]
    [InlineData((ulong)long.MaxValue)]
    [InlineData((ulong)long.MaxValue + 1)] // negative as a signed number
    [InlineData(ulong.MaxValue - 7)]       // with the 8 bytes of the length, 0
    [InlineData(ulong.MaxValue)]
    public void A_header_longer_than_the_file_is_refused(ulong headerBytes)
        => AssertRefused(Make(headerBytes, "{}", 0), $"the header is said to have {headerBytes} bytes, and the file has 2 after the length");

    [Fact]
    public void A_header_over_the_limit_of_the_format_is_refused_without_being_read()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("model.safetensors", Make(100_000_001, "{", 0));
        using (FileStream file = File.OpenWrite(path))
        {
            file.SetLength(100_000_100);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Assert.Throws<SafetensorsException>(() => new SafetensorsReader(path)).Message;
        Assert.Contains("the header is said to have 100000001 bytes; expected 100000000 at the most", message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    [Fact]
    public void Bytes_that_are_no_utf8_are_refused()
    {
        byte[] bytes = Make("{" + Entry("w", "F32", "[1]", 0, 4) + "}", 4);
        bytes[Encoding.UTF8.GetString(bytes).IndexOf("w\"", StringComparison.Ordinal)] = 0xFF;
        AssertRefused(bytes, "the header is not JSON: ");
    }

    [Fact]
    public void A_refused_file_is_closed()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("model.safetensors", Make("[]", 0));
        Assert.Throws<SafetensorsException>(() => new SafetensorsReader(path));
        using FileStream alone = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        Assert.True(alone.CanWrite);
    }

    [Fact]
    public void A_file_that_is_cut_off_after_it_was_opened_is_named_with_its_tensor()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("model.safetensors", Make("{" + Entry("w", "F32", "[2]", 0, 8) + "}", 8));
        using SafetensorsReader reader = new(path);
        folder.Write("model.safetensors", Make("{" + Entry("w", "F32", "[2]", 0, 8) + "}", 4));
        string message = Assert.Throws<SafetensorsException>(() => reader.Read("w")).Message;
        Assert.Equal($"{path} ended while tensor 'w' was read.", message);
    }

    private static void AssertRefused(byte[] bytes, string expected)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("model.safetensors", bytes);
        string message = Assert.Throws<SafetensorsException>(() => new SafetensorsReader(path)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }
}
