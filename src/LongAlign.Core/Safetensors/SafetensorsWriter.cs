using System.Buffers.Binary;
using System.Text.Json;
using LongAlign.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Safetensors;

/// <summary>Writes safetensors files.</summary>
public static class SafetensorsWriter
{
    /// <summary>Writes tensors to a file, in the order given. The file appears under its name only when it is whole.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="tensors">Names and tensors, of any device.</param>
    /// <exception cref="SafetensorsException">A tensor has a dtype that the format lacks.</exception>
    public static void Write(string path, IReadOnlyCollection<KeyValuePair<string, Tensor>> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        byte[] header = MakeHeader(tensors);
        AtomicFiles.Write(path, file =>
        {
            Span<byte> prefix = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
            file.Write(prefix);
            file.Write(header);
            foreach ((_, Tensor tensor) in tensors)
            {
                using DisposeScope scope = NewDisposeScope();
                TensorMemory.ForEachSlice(tensor.detach().cpu().contiguous(), bytes => file.Write(bytes));
            }
        });
    }

    private static byte[] MakeHeader(IReadOnlyCollection<KeyValuePair<string, Tensor>> tensors)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            long begin = 0;
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            json.WriteEndObject();
            foreach ((string name, Tensor tensor) in tensors)
            {
                (string dtype, int size) = SafetensorsDtype.Of(tensor.dtype);
                long end = begin + (tensor.numel() * size);
                json.WriteStartObject(name);
                json.WriteString("dtype", dtype);
                json.WriteStartArray("shape");
                foreach (long dimension in tensor.shape)
                {
                    json.WriteNumberValue(dimension);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(begin);
                json.WriteNumberValue(end);
                json.WriteEndArray();
                json.WriteEndObject();
                begin = end;
            }

            json.WriteEndObject();
        }

        // The data begins at a multiple of 8 bytes; spaces are allowed behind the JSON.
        while (buffer.Length % 8 != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }
}
