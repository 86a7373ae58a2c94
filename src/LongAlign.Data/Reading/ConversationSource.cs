namespace LongAlign.Data;

/// <summary>Conversations that are there already.</summary>
internal sealed class ConversationSource(IEnumerable<ChatConversation> conversations) : ChatSource
{
    public override IEnumerable<ChatRow> Read() => conversations.Select(conversation => new ChatRow(conversation));
}
