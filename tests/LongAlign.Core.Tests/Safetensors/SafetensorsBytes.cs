using System.Buffers.Binary;
using System.Text;

namespace LongAlign.Core.Tests.Safetensors;

/// <summary>Files put together by hand, whole or damaged.</summary>
internal static class SafetensorsBytes
{
    public static byte[] Make(string header, int dataBytes) => Make((ulong)Encoding.UTF8.GetByteCount(header), header, dataBytes);

    /// <param name="headerBytes">The length that the file claims for its header.</param>
    public static byte[] Make(ulong headerBytes, string header, int dataBytes)
    {
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, headerBytes);
        return [.. prefix, .. Encoding.UTF8.GetBytes(header), .. new byte[dataBytes]];
    }

    public static string Entry(string name, string dtype, string shape, long begin, long end)
        => $$"""
            "{{name}}":{"dtype":"{{dtype}}","shape":{{shape}},"data_offsets":[{{begin}},{{end}}]}
            """;
}
