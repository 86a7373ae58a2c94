using LongAlign.Native;
using LongAlign.Safetensors;
using static TorchSharp.torch;

namespace LongAlign.Training.Checkpoints;

/// <summary>The files of a checkpoint.</summary>
internal static class CheckpointWriter
{
    public const string ModelFolder = "model";
    public const string RunFile = "run.safetensors";
    public const string RandomTensor = "random.cpu";
    public const string LossesTensor = "losses";
    private const string StateFile = "state.json";

    public static IReadOnlyList<string> RequiredFiles { get; } = [RunFile, StateFile];

    /// <summary>Writes a rank's part of the optimizer's state.</summary>
    public static void WriteOptimizer(string folder, IReadOnlyCollection<KeyValuePair<string, Tensor>> state, int part, int parts)
        => SafetensorsWriter.Write(Path.Combine(folder, OptimizerParts.NameOf(part, parts)), state);

    /// <summary>Writes the rest into the folder; the manifest last, when all is on the disk.</summary>
    public static void Write(string folder, CheckpointState state, nn.Module model, IEnumerable<double> losses, Tensor random)
    {
        ModuleWeights.Save(model, Path.Combine(folder, ModelFolder));
        using (Tensor lossTensor = tensor([.. losses], ScalarType.Float64))
        {
            SafetensorsWriter.Write(Path.Combine(folder, RunFile), [new(LossesTensor, lossTensor), new(RandomTensor, random)]);
        }

        CheckpointJson.Write(Path.Combine(folder, StateFile), state, CheckpointJson.Default.CheckpointState);
        CheckpointManifest manifest = CheckpointManifest.Of(folder);
        FlushFolders(folder);
        CheckpointJson.Write(Path.Combine(folder, CheckpointManifest.FileName), manifest, CheckpointJson.Default.CheckpointManifest);
        DirectorySync.Flush(folder);
    }

    /// <exception cref="CheckpointException">The file is missing or damaged.</exception>
    public static CheckpointState ReadState(string folder)
        => CheckpointJson.Read(Path.Combine(folder, StateFile), CheckpointJson.Default.CheckpointState);

    private static void FlushFolders(string folder)
    {
        foreach (string inner in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories))
        {
            DirectorySync.Flush(inner);
        }

        DirectorySync.Flush(folder);
    }
}
