namespace LongAlign.Benchmarks.Checks;

/// <summary>Loading a gigabyte of weights: memory against the model's size, time against reading the file.</summary>
internal static class LoadChecks
{
    public static IEnumerable<Figure> Run()
    {
        LoadBenchmarks load = new();
        load.SetUp();
        try
        {
            yield return new Figure("model that is loaded", load.Bytes / 1e9, "GB");
            double same = PeakMemory.Measure(load.Load);
            yield return new Figure("load in the file's dtype, peak memory against the model's size", same / load.Bytes, "x", AtMost: 1.2);
            double cast = PeakMemory.Measure(load.LoadAndCast);
            yield return new Figure("load bfloat16 as float32, peak memory against the model's size", cast / (2 * load.Bytes), "x", AtMost: 1.2);
            (double fresh, double time) = Stopwatches.Best(load.ReadFileIntoFreshMemory, load.Load, runs: 5);
            double read = Stopwatches.Best(load.ReadFile, runs: 3);
            yield return new Figure("read of the file, nothing kept", load.Bytes / 1e9 / read, "GB/s");
            yield return new Figure("read of the file into fresh memory", load.Bytes / 1e9 / fresh, "GB/s");
            yield return new Figure("load in the file's dtype", load.Bytes / 1e9 / time, "GB/s");
            yield return new Figure("load in the file's dtype, time against the read into fresh memory", time / fresh, "x", AtMost: 1.3);
        }
        finally
        {
            load.CleanUp();
        }
    }
}
