using Microsoft.Win32.SafeHandles;

namespace LongAlign.Requests;

/// <summary>The lines of a file as bytes, and whether each has its line end.</summary>
internal static class JournalLines
{
    public static IEnumerable<(byte[] Line, bool IsEnded)> Read(SafeFileHandle file)
    {
        byte[] buffer = new byte[1 << 16];
        long offset = 0;
        int kept = 0;
        while (true)
        {
            int read = RandomAccess.Read(file, buffer.AsSpan(kept), offset);
            offset += read;
            int filled = kept + read;
            int begin = 0;
            for (int end; (end = Array.IndexOf(buffer, (byte)'\n', begin, filled - begin)) >= 0; begin = end + 1)
            {
                yield return (buffer[begin..end], true);
            }

            kept = filled - begin;
            if (read == 0)
            {
                if (kept > 0)
                {
                    yield return (buffer[begin..filled], false);
                }

                yield break;
            }

            buffer.AsSpan(begin, kept).CopyTo(buffer);
            if (kept == buffer.Length)
            {
                Array.Resize(ref buffer, 2 * buffer.Length);
            }
        }
    }
}
