using LongAlign.Sequences;

namespace LongAlign.Core.Tests.Sequences;

public sealed class LengthsFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void What_is_written_is_read()
    {
        LengthsFile.Write(_path, [1, 65_536, int.MaxValue]);
        Assert.Equal([1, 65_536, int.MaxValue], LengthsFile.Read(_path));
        Assert.Equal([1, 0, 0, 0, 0, 0, 1, 0], File.ReadAllBytes(_path)[..8]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void A_size_that_is_no_multiple_of_4_is_named(int bytes)
    {
        File.WriteAllBytes(_path, new byte[bytes]);
        string message = Assert.Throws<InvalidDataException>(() => LengthsFile.Read(_path)).Message;
        Assert.StartsWith($"{_path} has {bytes} bytes; expected 32-bit integers", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_length_below_1_is_named_by_its_number()
    {
        LengthsFile.Write(_path, [7, 1, 0, -5]);
        Assert.Equal($"{_path}, number 2 (from 0): 0 is not a length; expected at least 1.", Assert.Throws<InvalidDataException>(() => LengthsFile.Read(_path)).Message);
    }

    [Fact]
    public void A_text_has_one_to_a_line()
    {
        File.WriteAllText(_path, "\uFEFF12\r\n 7 \n\n2147483647\n\n");
        Assert.Equal([12, 7, int.MaxValue], LengthsFile.ReadText(_path));
    }

    [Theory]
    [InlineData("", ": there are no lengths; expected at least one line.")]
    [InlineData("5\n0\n", ":2: '0' is not a length; expected a whole number from 1 to 2147483647.")]
    [InlineData("5\n\n1,024", ":3: '1,024' is not a length")]
    [InlineData("12.0", ":1: '12.0' is not a length")]
    [InlineData("\n\n", ": there are no lengths")]
    [InlineData("-3", ":1: '-3' is not a length")]
    [InlineData("2147483648", ":1: '2147483648' is not a length")]
    public void A_text_with_anything_else_is_named_with_its_line(string text, string message)
    {
        File.WriteAllText(_path, text);
        Assert.StartsWith(_path + message, Assert.Throws<InvalidDataException>(() => LengthsFile.ReadText(_path)).Message, StringComparison.Ordinal);
    }
}
