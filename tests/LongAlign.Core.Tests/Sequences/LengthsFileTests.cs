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
}
