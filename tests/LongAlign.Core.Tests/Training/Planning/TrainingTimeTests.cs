using LongAlign.Training;

namespace LongAlign.Core.Tests.Training.Planning;

public sealed class TrainingTimeTests
{
    private static readonly ComputeDevice Device = new() { Name = "thousand", MemoryBytes = 1, LinearFlopsPerSecond = 1_000 };

    private static readonly DecoderDimensions Tiny = new()
    {
        HiddenSize = 8,
        IntermediateSize = 16,
        LayerCount = 2,
        HeadCount = 2,
        KeyValueHeadCount = 1,
        HeadDim = 4,
        VocabularySize = 10,
    };

    [Fact]
    public void Flops_are_those_counted_by_hand()
    {
        TrainingFootprintOptions options = new() { Capacity = 100, LongestSequence = 50, TargetShare = 0.5 };
        TrainingTime time = TrainingTime.Of(Tiny, options, Device);

        Assert.Equal((3 * 2 * 2 * 576 * 100) + (3 * 2 * 10 * 8 * 50), time.LinearFlops);
        Assert.Equal(3.5 * 2 * 2 * 8 * 2 * 50 * 50, time.AttentionFlops);
        Assert.Equal((time.LinearFlops + time.AttentionFlops) / 1_000, time.Seconds, 1e-9);
        Assert.Equal(100 / time.Seconds, time.TokensPerSecond, 1e-9);
        Assert.Equal(10 * time.Seconds / 3_600, time.GetHours(1_000), 1e-9);

        TrainingTime again = TrainingTime.Of(Tiny, options with { GradientCheckpointing = true }, Device);
        Assert.Equal(time.LinearFlops + (2 * 2 * 576 * 100), again.LinearFlops); // a forward pass more, of layers alone
        Assert.Equal(time.AttentionFlops * 4.5 / 3.5, again.AttentionFlops, 1e-6);
        TrainingTime adapters = TrainingTime.Of(Tiny, options with { LoraRank = 1 }, Device);
        Assert.Equal((2 * 2 * 2 * 576 * 100) + (2 * 2 * 10 * 8 * 50), adapters.LinearFlops);
    }

    [Fact]
    public void Devices_share_packs_or_tokens_of_one()
    {
        TrainingFootprintOptions options = new() { Capacity = 100 };
        TrainingTime one = TrainingTime.Of(Tiny, options, Device);
        TrainingTime four = TrainingTime.Of(Tiny, options with { Ranks = 4 }, Device);
        TrainingTime halves = TrainingTime.Of(Tiny, options with { Ranks = 4, SequenceParallelism = 2 }, Device);

        Assert.Equal(one.Seconds, four.Seconds);
        Assert.Equal(4 * one.TokensPerSecond, four.TokensPerSecond, 1e-9);
        Assert.Equal(one.Seconds / 2, halves.Seconds, 1e-9);
        Assert.Equal(four.TokensPerSecond, halves.TokensPerSecond, 1e-9);
    }

    [Fact]
    public void Parts_have_rates_of_their_own()
    {
        TrainingFootprintOptions options = new() { Capacity = 100 };
        double plain = TrainingTime.Of(Tiny, options, Device).Seconds;
        double attention = TrainingTime.Of(Tiny, options, Device).AttentionFlops;

        Assert.Equal(plain + (attention / 1_000), TrainingTime.Of(Tiny, options, Device with { AttentionFlopsPerSecond = 500 }).Seconds, 1e-6);
        Assert.True(TrainingTime.Of(Tiny, options, Device with { ElementBytesPerSecond = 1_000_000 }).Seconds > plain);
    }

    [Fact]
    public void Devices_are_found_by_the_beginning_of_their_names()
    {
        Assert.Equal("h200-141gb", ComputeDevice.Find("H200").Name);
        Assert.Equal(0.4 * 312e12, ComputeDevice.Find("a800-80gb").LinearFlopsPerSecond);
        Assert.Equal(80_000_000_000, ComputeDevice.Find("a800").MemoryBytes);
        Assert.Contains("More than one device is called 'a100'", Assert.Throws<ArgumentException>(() => ComputeDevice.Find("a100")).Message, StringComparison.Ordinal);
        Assert.Contains("expected one of a100-40gb", Assert.Throws<ArgumentException>(() => ComputeDevice.Find("tpu")).Message, StringComparison.Ordinal);
        Assert.Contains("expected more than 0", Assert.Throws<ArgumentOutOfRangeException>(() => Device with { LinearFlopsPerSecond = 0 }).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void This_machine_is_measured()
    {
        ComputeDevice cpu = DeviceCalibration.MeasureCpu(memoryBytes: 5);

        Assert.Equal(("cpu", 5L, false), (cpu.Name, cpu.MemoryBytes, cpu.IsGpu));
        Assert.All([cpu.LinearFlopsPerSecond, cpu.AttentionFlopsPerSecond!.Value, cpu.ElementBytesPerSecond!.Value], rate => Assert.InRange(rate, 1e6, 1e15));
    }
}
