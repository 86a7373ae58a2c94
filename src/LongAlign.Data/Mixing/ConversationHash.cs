using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace LongAlign.Data;

/// <summary>128 bits of SHA-256 over the roles and texts of a conversation, and what else it has, the same on every machine.</summary>
internal static class ConversationHash
{
    public static UInt128 Of(ChatConversation conversation)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (ChatMessage message in conversation.Messages)
        {
            Append(hash, message.Role);
            Append(hash, message.Content);
            Append(hash, message.Fields);
            if (!message.IsLearned)
            {
                Append(hash, "not learned");
            }
        }

        if (conversation.Text is { } text)
        {
            Append(hash, text.Prompt);
            Append(hash, text.Completion);
        }

        if (conversation.Tools is { } tools)
        {
            Append(hash, tools.GetRawText());
        }

        Append(hash, conversation.Variables);

        return BinaryPrimitives.ReadUInt128LittleEndian(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, IReadOnlyDictionary<string, JsonElement> values)
    {
        foreach ((string name, JsonElement value) in values.OrderBy(value => value.Key, StringComparer.Ordinal))
        {
            Append(hash, name);
            Append(hash, value.GetRawText());
        }
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
