using LongAlign.Safetensors;
using static TorchSharp.torch;

namespace LongAlign.Training.Checkpoints;

/// <summary>The tensors that a checkpoint holds of a part of a run; each is read when it is asked for.</summary>
public sealed class SavedTensors
{
    private readonly string _path;
    private readonly IReadOnlyDictionary<string, SafetensorsEntry> _entries;
    private readonly Func<string, Tensor> _read;

    internal SavedTensors(string path, IReadOnlyDictionary<string, SafetensorsEntry> entries, Func<string, Tensor> read)
    {
        _path = path;
        _entries = entries;
        _read = read;
    }

    /// <summary>The names of the tensors.</summary>
    public IEnumerable<string> Names => _entries.Keys;

    /// <summary>Reads a tensor.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <returns>A tensor on the CPU that the caller owns.</returns>
    /// <exception cref="KeyNotFoundException">There is no tensor of that name.</exception>
    public Tensor Read(string name) => _read(_entries[name].Name);

    /// <summary>Copies all tensors into others, one at a time.</summary>
    /// <param name="tensors">The tensors to write into, of the same names, shapes and dtypes.</param>
    /// <exception cref="CheckpointException">Names, shapes or dtypes differ; the message names all of them, and nothing was copied.</exception>
    public void CopyTo(IReadOnlyList<KeyValuePair<string, Tensor>> tensors)
        => ModuleWeights.Restore(tensors, Names, name => _entries[name], Read, _path);

    /// <summary>Some of the tensors.</summary>
    internal SavedTensors Only(Func<string, bool> isWanted)
        => new(_path, _entries.Where(entry => isWanted(entry.Key)).ToDictionary(StringComparer.Ordinal), _read);
}
