using LongAlign.Native;
using LongAlign.Safetensors;
using static TorchSharp.torch;

namespace LongAlign.Training.Checkpoints;

/// <summary>The files of a checkpoint.</summary>
internal static class CheckpointWriter
{
    public const string ModelFolder = "model";
    public const string OptimizerFile = "optimizer.safetensors";
    public const string RunFile = "run.safetensors";
    public const string RandomTensor = "random.cpu";
    public const string LossesTensor = "losses";
    private const string StateFile = "state.json";

    public static IReadOnlyList<string> RequiredFiles { get; } = [OptimizerFile, RunFile, StateFile];

    /// <summary>Writes everything into a folder that does not exist yet; the manifest last, when all the rest is on the disk.</summary>
    public static void Write(
        string folder, CheckpointState state, nn.Module model, IReadOnlyCollection<KeyValuePair<string, Tensor>> optimizer, IEnumerable<double> losses, Tensor random)
    {
        Directory.CreateDirectory(folder);
        ModuleWeights.Save(model, Path.Combine(folder, ModelFolder));
        SafetensorsWriter.Write(Path.Combine(folder, OptimizerFile), optimizer);
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
