namespace LongAlign.Data.Tests;

public sealed class OrderedParallelTests
{
    [Theory]
    [InlineData(1L << 20, 2 * 8)] // 8 million characters a thread
    [InlineData(1L << 30, 1)] // one row however large
    [InlineData(0, 2 * 256)] // 256 rows a thread
    public void No_more_is_read_ahead_than_memory_is_to_hold(long size, int most)
    {
        int read = 0;
        Assert.Equal(0, OrderedParallel.Select(Rows(), row => row, _ => size, threads: 2).First());
        Assert.InRange(read, 1, most);

        IEnumerable<int> Rows()
        {
            while (read < 10_000)
            {
                yield return read++;
            }
        }
    }

    [Fact]
    public void Results_come_in_order_and_an_error_behind_all_that_was_before_it()
    {
        List<int> results = [];
        FormatException error = Assert.Throws<FormatException>(() =>
        {
            foreach (int result in OrderedParallel.Select(Enumerable.Range(0, 5_000), row => row == 4_321 ? throw new FormatException("row 4321") : row, _ => 1_000, threads: 3))
            {
                results.Add(result);
            }
        });
        Assert.Equal("row 4321", error.Message);
        Assert.Equal(Enumerable.Range(0, 4_321), results);
    }
}
