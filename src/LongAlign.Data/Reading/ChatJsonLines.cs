using LongAlign.Native;

namespace LongAlign.Data;

/// <summary>
/// Chats as JSON: a row on each line, or the items of an array. A row is <c>{"messages":[{"role":"user","content":"…"},…]}</c>, ShareGPT's
/// <c>{"conversations":[{"from":"human","value":"…"},…]}</c>, prompt and completion, instruction and output, or text. Empty lines are passed over.
/// Names that end with <c>.gz</c> or <c>.zst</c> are compressed.
/// </summary>
public static class ChatJsonLines
{
    /// <summary>Reads conversations one by one.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The conversations, read as they are asked for.</returns>
    /// <exception cref="ChatDataException">A line is not what is expected; the message names file and line.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static IEnumerable<ChatConversation> Read(string path)
    {
        ChatFile.ThrowIfMissing(path);
        return new ChatDataset(new FileSource([path], [], new ChatReadingOptions()));
    }

    /// <summary>Writes conversations; the file appears when it is whole, and takes the place of one that was there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="conversations">Enumerated once.</param>
    /// <returns>The conversations written.</returns>
    /// <exception cref="IOException">The file can't be written.</exception>
    public static long Write(string path, IEnumerable<ChatConversation> conversations)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(conversations);
        using AtomicFiles files = new();
        long count = 0;
        using (Stream stream = CompressedFile.Compress(files.Create(path), path))
        {
            foreach (ChatConversation conversation in conversations)
            {
                ChatJson.Write(stream, conversation);
                stream.WriteByte((byte)'\n');
                count++;
            }
        }

        files.Commit();
        return count;
    }
}
