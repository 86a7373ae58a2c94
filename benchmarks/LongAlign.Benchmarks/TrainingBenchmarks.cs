using BenchmarkDotNet.Attributes;
using LongAlign.Training;

namespace LongAlign.Benchmarks;

/// <summary>End to end, by each batching; see <see cref="TrainingWork"/>.</summary>
[MemoryDiagnoser]
public class TrainingBenchmarks
{
    [Benchmark(Baseline = true)]
    public TrainingResult Naive() => TrainingWork.Naive();

    [Benchmark]
    public TrainingResult Sorted() => TrainingWork.Sorted();

    [Benchmark]
    public TrainingResult Packed() => TrainingWork.Packed();

    [Benchmark]
    public TrainingResult PacksFirst() => TrainingWork.PacksFirst();

    [Benchmark]
    public TrainingResult Balanced() => TrainingWork.Balanced();
}
