namespace LongAlign.Distributed.Mpi.Tests;

[Trait("Speed", "Slow")]
public sealed class MpiFailureTests
{
    [Fact]
    public void A_rank_that_dies_ends_the_others_and_is_named()
        => Scene.Start(3, "die").ExpectFailure("rank 2 with PID", "signal 9");

    [Fact]
    public void A_rank_that_hangs_ends_the_others_and_is_named()
    {
        MpiRun run = Scene.Start(3, "hang");
        run.ExpectFailure("ProcessGroupException: rank 2 (process ", "has not come to AllReduceSum of 35 Float64, where rank ");
        Assert.DoesNotContain("rank 0 and", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("is done", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rank_that_throws_ends_the_others_with_its_message()
        => Scene.Start(3, "throw").ExpectFailure(
            "System.IO.InvalidDataException: Line 7 of long.jsonl is torn.",
            "ProcessGroupException: Rank 2 of 3 failed, and the run ends on every rank: InvalidDataException: Line 7 of long.jsonl is torn.");

    [Fact]
    public void Ranks_that_share_a_pack_with_one_that_throws_hear_its_message_and_so_do_all()
        => Scene.Start(4, "shared throw").ExpectFailure(
            "System.IO.InvalidDataException: Line 7 of long.jsonl is torn.",
            "ProcessGroupException: Rank 3 of 4 failed, and the run ends on every rank: InvalidDataException: Line 7 of long.jsonl is torn.");

    [Fact]
    public void A_rank_that_dies_or_hangs_while_others_wait_for_its_part_of_a_pack_is_named()
    {
        Scene.Start(4, "shared die").ExpectFailure("rank 3 with PID", "signal 9");
        Scene.Start(4, "shared hang").ExpectFailure("ProcessGroupException: rank 3 (process ", "has not come to ");
    }

    [Fact]
    public void A_rank_that_throws_before_it_trains_ends_the_others()
        => Scene.Start(2, "throw before").ExpectFailure("System.IO.InvalidDataException: There is no file long.jsonl.");

    [Fact]
    public void A_rank_that_leaves_early_ends_the_others_and_is_named()
        => Scene.Start(2, "leave").ExpectFailure("has left the group, where rank 0 (process ");

    [Fact]
    public void Ranks_that_make_different_calls_are_told_both()
        => Scene.Start(2, "differ").ExpectFailure(") came to Broadcast of 3 Float32 from rank 0, where rank 1 (process ", ") came to Barrier, where rank 0 (process ");

    /// <summary>Of some 470 calls: the first steps, a backward pass, gathering, a checkpoint's votes, the end.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(57)]
    [InlineData(118)]
    [InlineData(121)]
    [InlineData(240)]
    [InlineData(400)]
    public void A_rank_that_dies_in_any_exchange_of_sharded_weights_ends_the_others_and_is_named(int call)
    {
        using TemporaryFolder folder = new();
        Scene.Start(2, "die at a call", folder, $"{call}").ExpectFailure("rank 1 with PID", "signal 9");
    }

    [Theory]
    [InlineData(40)]
    [InlineData(200)]
    [InlineData(203)]
    public void A_rank_that_throws_in_any_exchange_of_sharded_weights_ends_the_others_and_is_named(int call)
    {
        using TemporaryFolder folder = new();
        MpiRun run = Scene.Start(2, "throw at a call", folder, $"{call}");
        run.ExpectFailure("Line 7 of long.jsonl is torn.", "ProcessGroupException: ");
        Assert.Matches("(Rank 1 of 2 failed|rank 1 \\(process [0-9]+\\) (came to|has left the group))", run.Output);
    }
}
