using LongAlign.Safetensors;
using static TorchSharp.torch;

namespace LongAlign.Training.Checkpoints;

/// <summary>The tensors that a checkpoint holds of a part of a run; each is read when it is asked for.</summary>
public sealed class SavedTensors
{
    private readonly SafetensorsReader _reader;

    internal SavedTensors(SafetensorsReader reader) => _reader = reader;

    /// <summary>The names of the tensors.</summary>
    public IEnumerable<string> Names => _reader.Entries.Keys;

    /// <summary>Reads a tensor.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <returns>A tensor on the CPU that the caller owns.</returns>
    /// <exception cref="KeyNotFoundException">There is no tensor of that name.</exception>
    public Tensor Read(string name) => _reader.Read(name);

    /// <summary>Copies all tensors into others, one at a time.</summary>
    /// <param name="tensors">Those to write into, of the same names, shapes and dtypes.</param>
    /// <exception cref="CheckpointException">Names, shapes or dtypes differ; the message names all of them, and nothing was copied.</exception>
    public void CopyTo(IReadOnlyList<KeyValuePair<string, Tensor>> tensors)
        => ModuleWeights.Restore(tensors, Names, name => _reader.Entries[name], Read, _reader.FilePath);
}
