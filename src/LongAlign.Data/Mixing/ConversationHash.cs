using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace LongAlign.Data;

/// <summary>128 bits of SHA-256 over the roles and texts of a conversation, the same on every machine.</summary>
internal static class ConversationHash
{
    public static UInt128 Of(ChatConversation conversation)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (ChatMessage message in conversation.Messages)
        {
            Append(hash, message.Role);
            Append(hash, message.Content);
        }

        return BinaryPrimitives.ReadUInt128LittleEndian(hash.GetHashAndReset());
    }

    // The length goes first, so that no two conversations are the same bytes.
    private static void Append(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
