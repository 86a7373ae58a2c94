using LongAlign.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Training.Checkpoints;

/// <summary>Saves and restores any module: as it wishes to be (<see cref="ICheckpointable"/>), or all its named parameters and buffers, a tied weight under its first name.</summary>
internal static class ModuleWeights
{
    public static void Save(nn.Module module, string folder)
    {
        Directory.CreateDirectory(folder);
        if (module is ICheckpointable own)
        {
            own.SaveWeights(folder);
        }
        else
        {
            SafetensorsFolder.Write(folder, NamedTensors(module));
        }
    }

    public static void Load(nn.Module module, string folder)
    {
        if (module is ICheckpointable own)
        {
            own.LoadWeights(folder);
            return;
        }

        using SafetensorsFolder weights = new(folder);
        Restore(NamedTensors(module), weights.Names, name => weights.Find(name).Entry, weights.Read, folder);
    }

    /// <summary>Copies saved tensors into those of the same names; names, shapes and dtypes must be the same.</summary>
    public static void Restore(
        IReadOnlyList<KeyValuePair<string, Tensor>> tensors,
        IEnumerable<string> saved,
        Func<string, SafetensorsEntry> find,
        Func<string, Tensor> read,
        string path)
    {
        HashSet<string> extra = [.. saved];
        List<string> faults = [];
        foreach ((string name, Tensor tensor) in tensors)
        {
            if (!extra.Remove(name))
            {
                faults.Add($"'{name}' is missing");
            }
            else if (find(name) is var entry && (entry.Dtype != tensor.dtype || !tensor.shape.AsSpan().SequenceEqual([.. entry.Shape])))
            {
                faults.Add($"'{name}' is {entry.Dtype} [{string.Join(", ", entry.Shape)}], expected {tensor.dtype} [{string.Join(", ", tensor.shape)}]");
            }
        }

        faults.AddRange(extra.Select(name => $"'{name}' is not part of this run"));
        if (faults.Count > 0)
        {
            throw new CheckpointException($"The tensors in {path} are not those of this run: {string.Join("; ", faults)}.");
        }

        using IDisposable noGrad = no_grad();
        foreach ((string name, Tensor tensor) in tensors)
        {
            using DisposeScope scope = NewDisposeScope();
            tensor.copy_(read(name));
        }
    }

    private static List<KeyValuePair<string, Tensor>> NamedTensors(nn.Module module) =>
    [
        .. ModuleParameters.Of(module).Select(named => KeyValuePair.Create(named.Name, (Tensor)named.Parameter)),
        .. module.named_buffers().Select(named => KeyValuePair.Create(named.name, named.buffer)),
    ];
}
