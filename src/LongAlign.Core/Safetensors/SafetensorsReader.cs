using Microsoft.Win32.SafeHandles;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Safetensors;

/// <summary>A safetensors file, checked when it is opened; tensors are read when asked for.</summary>
/// <example>
/// <code>
/// using SafetensorsReader reader = new("model.safetensors");
/// using Tensor weight = reader.Read("model.embed_tokens.weight");
/// </code>
/// </example>
/// <remarks>The format: https://github.com/huggingface/safetensors#format. May be read from several threads. Dispose closes the file.</remarks>
public sealed class SafetensorsReader : IDisposable
{
    private const long CastBytes = 64 << 20;

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
        SafetensorsEntry entry = Find(name);
        Tensor tensor = empty([.. entry.Shape], entry.Dtype);
        ReadBytes(entry, tensor);
        return tensor;
    }

    /// <summary>
    /// Reads a tensor into one that exists. On the CPU and in the file's dtype, the bytes go straight into its memory; otherwise they are
    /// cast and moved 64 MB at a time.
    /// </summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="destination">A contiguous tensor of the same shape, of any dtype and device. Its gradient is not recorded.</param>
    /// <exception cref="SafetensorsException">There is no such tensor, it has another shape, or the file has become shorter.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is not contiguous.</exception>
    public void ReadInto(string name, Tensor destination) => ReadInto(name, destination, CastBytes);

    /// <inheritdoc cref="ReadInto(string, Tensor)"/>
    internal void ReadInto(string name, Tensor destination, long castBytes)
    {
        ArgumentNullException.ThrowIfNull(destination);
        SafetensorsEntry entry = Find(name);
        if (!destination.shape.AsSpan().SequenceEqual([.. entry.Shape]))
        {
            throw new SafetensorsException(
                $"{FilePath}: tensor '{name}' has shape [{string.Join(", ", entry.Shape)}], expected [{string.Join(", ", destination.shape)}].");
        }

        if (!destination.is_contiguous())
        {
            throw new ArgumentException($"The tensor that '{name}' is to be read into is not contiguous.", nameof(destination));
        }

        if (destination.device_type == DeviceType.CPU && destination.dtype == entry.Dtype)
        {
            ReadBytes(entry, destination);
            return;
        }

        using DisposeScope scope = NewDisposeScope();
        long elements = Math.Max(1, Math.Min(castBytes / SafetensorsDtype.Of(entry.Dtype).Size, destination.numel()));
        Tensor staging = empty(elements, entry.Dtype);
        long offset = entry.Offset;
        TensorMemory.ForEachSlice(destination, elements, slice =>
        {
            using Tensor part = staging.narrow(0, 0, slice.numel());
            offset = ReadBytes(name, part.bytes, offset);
            slice.copy_(part);
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private SafetensorsEntry Find(string name)
        => Entries.TryGetValue(name, out SafetensorsEntry? entry) ? entry : throw new SafetensorsException($"{FilePath} has no tensor '{name}'.");

    private void ReadBytes(SafetensorsEntry entry, Tensor tensor)
    {
        long offset = entry.Offset;
        TensorMemory.ForEachSlice(tensor, bytes => offset = ReadBytes(entry.Name, bytes, offset));
    }

    /// <summary>Fills a span and returns the offset behind it.</summary>
    private long ReadBytes(string name, Span<byte> memory, long offset)
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

        return offset;
    }
}
