namespace LongAlign.Requests.Tests;

public class ItemRandomTests
{
    [Fact]
    public void Draws_are_these_numbers_on_every_platform()
    {
        ItemRandom random = new(42, "document 7", "type");
        Assert.Equal("649 928 297 292 247 650 146 311", string.Join(' ', Enumerable.Range(0, 8).Select(_ => random.Next(1000))));
    }

    [Fact]
    public void Draws_are_even_over_items_and_independent_over_purposes()
    {
        int[] counts = new int[20];
        for (int item = 0; item < 20_000; item++)
        {
            int type = new ItemRandom(1, $"{item}", "type").Next(4);
            counts[(type * 5) + new ItemRandom(1, $"{item}", "question").Next(5)]++;
        }

        // 1,000 expected; five standard deviations are 154.
        Assert.All(counts, count => Assert.InRange(count, 846, 1_154));
    }

    [Fact]
    public void A_shuffle_keeps_all_values()
    {
        int[] values = [.. Enumerable.Range(0, 100)];
        new ItemRandom(1, "a", "b").Shuffle(values.AsSpan());
        Assert.NotEqual(Enumerable.Range(0, 100), values);
        Assert.Equal(Enumerable.Range(0, 100), values.Order());
    }
}
