using System.Collections.Concurrent;

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

    [Fact]
    public void As_many_threads_map_as_asked_for_and_the_one_that_asks_is_among_them()
    {
        const int Threads = 3;
        const int Batch = 8;
        using Barrier all = new(Threads);
        ConcurrentDictionary<int, int> rowsOf = new();
        Assert.Equal(Enumerable.Range(0, Batch * Threads), OrderedParallel.Select(Enumerable.Range(0, Batch * Threads), Map, _ => 0, Threads));
        Assert.Equal(Batch, rowsOf[Environment.CurrentManagedThreadId]);

        int Map(int row)
        {
            Assert.True(all.SignalAndWait(TimeSpan.FromMinutes(1)), "Threads wait for one that does not come.");
            rowsOf.AddOrUpdate(Environment.CurrentManagedThreadId, 1, (_, rows) => rows + 1);
            return row;
        }
    }

    [Fact]
    public void Threads_that_had_nothing_left_to_map_come_again()
    {
        int mapped = 0;
        using IEnumerator<int> results = OrderedParallel.Select(Enumerable.Range(0, 1_000), _ => Interlocked.Increment(ref mapped), _ => 0, threads: 2).GetEnumerator();
        Assert.True(results.MoveNext());
        int before = 2 * 64; // rows read ahead
        WaitUntilMapped(before);
        for (int row = 0; row < 8; row++)
        {
            Assert.True(results.MoveNext()); // the last of them reads a batch more
        }

        WaitUntilMapped(before + 8);

        void WaitUntilMapped(int rows) => Assert.True(
            SpinWait.SpinUntil(() => Volatile.Read(ref mapped) >= rows, TimeSpan.FromMinutes(1)), $"{mapped} rows are mapped; expected {rows} while none is asked for.");
    }

    [Fact]
    public void No_more_threads_map_than_asked_for()
    {
        int now = 0;
        int[] seen = [.. OrderedParallel.Select(Enumerable.Range(0, 400), Map, _ => 0, threads: 3)];
        Assert.InRange(seen.Max(), 1, 3);

        int Map(int row)
        {
            int count = Interlocked.Increment(ref now);
            Thread.Sleep(1);
            Interlocked.Decrement(ref now);
            return count;
        }
    }

    [Fact]
    public void One_thread_is_the_one_that_asks()
    {
        int[] threads = [.. OrderedParallel.Select(Enumerable.Range(0, 100), _ => Environment.CurrentManagedThreadId, _ => 0, threads: 1)];
        Assert.Equal(Enumerable.Repeat(Environment.CurrentManagedThreadId, 100), threads);
    }
}
