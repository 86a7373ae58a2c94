using System.Security.Cryptography;
using LongAlign.Training;
using LongAlign.Training.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Benchmarks.Checks;

/// <summary>Writing and checking a checkpoint against writing, flushing and hashing as many bytes in one file.</summary>
internal static class CheckpointChecks
{
    private const int Layers = 50;
    private const int Elements = 1_000_000;
    private const long Bytes = 12L * Layers * Elements; // weights and two moments

    public static IEnumerable<Figure> Run()
    {
        using DisposeScope scope = NewDisposeScope();
        using Sequential model = nn.Sequential([.. Enumerable.Range(0, Layers).Select(_ => nn.Linear(1_000, Elements / 1_000, hasBias: false))]);
        using FusedAdamW optimizer = new(model.parameters());
        CheckpointState state = new() { Step = 1, Sampler = null, Options = [], Totals = new RunTotals(), Evaluations = [], WithoutGradient = [] };
        using Tensor generator = random.get_rng_state();
        DirectoryInfo folder = Directory.CreateTempSubdirectory("longalign-");
        string checkpoint = Path.Combine(folder.FullName, "checkpoint");
        string file = Path.Combine(folder.FullName, "file");
        byte[] block = new byte[12 * Elements];
        try
        {
            (double plain, double save) = Stopwatches.Best(WriteFile, Save, runs: 4);
            double verify = Stopwatches.Best(() => CheckpointManifest.ReadAndVerify(checkpoint), runs: 3);
            yield return new Figure("checkpoint of 50M float32 parameters (600 MB): writing, flushing, hashing", save, "s");
            yield return new Figure("the same, time against one file of as many bytes, written, flushed, hashed", save / plain, "x", AtMost: 1.5);
            yield return new Figure("checking it before a run goes on", Bytes / verify / 1e9, "GB/s");
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        void Save()
        {
            if (Directory.Exists(checkpoint))
            {
                Directory.Delete(checkpoint, recursive: true);
            }

            Directory.CreateDirectory(checkpoint);
            CheckpointWriter.WriteOptimizer(checkpoint, [.. optimizer.GetState()], part: 0, parts: 1);
            CheckpointWriter.Write(checkpoint, state, model, [1.0], generator);
        }

        void WriteFile()
        {
            File.Delete(file);
            using FileStream stream = new(file, FileMode.CreateNew, FileAccess.ReadWrite);
            for (int i = 0; i < Layers; i++)
            {
                stream.Write(block);
            }

            stream.Flush(flushToDisk: true);
            stream.Position = 0;
            SHA256.HashData(stream);
        }
    }
}
