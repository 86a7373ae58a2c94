using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace LongAlign.Safetensors;

/// <summary>A safetensors file, checked when it is opened; tensors are read when asked for.</summary>
/// <remarks>The format: https://github.com/huggingface/safetensors#format. May be read from several threads. Dispose closes the file.</remarks>
public sealed class SafetensorsReader : IDisposable
{
    private readonly SafeFileHandle _file;

    /// <summary>Opens a file and checks its whole header.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="SafetensorsException">The file is damaged or hostile; the message names it and the tensor.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public SafetensorsReader(string path)
    {
        FilePath = path;
        _file = File.OpenHandle(path);
        try
        {
            Entries = SafetensorsHeader.Read(path, _file);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string FilePath { get; }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries { get; }

    /// <summary>Reads a tensor, in the file's dtype, on the CPU.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <returns>A tensor that the caller owns.</returns>
    /// <exception cref="SafetensorsException">There is no such tensor, or the file has become shorter.</exception>
    public Tensor Read(string name)
    {
        if (!Entries.TryGetValue(name, out SafetensorsEntry? entry))
        {
            throw new SafetensorsException($"{FilePath} has no tensor '{name}'.");
        }

        Tensor tensor = empty([.. entry.Shape], entry.Dtype);
        long offset = entry.Offset;
        TensorMemory.ForEachSlice(tensor, memory =>
        {
            while (!memory.IsEmpty)
            {
                int read = RandomAccess.Read(_file, memory, offset);
                if (read == 0)
                {
                    throw new SafetensorsException($"{FilePath} ended while tensor '{name}' was read.");
                }

                offset += read;
                memory = memory[read..];
            }
        });
        return tensor;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
