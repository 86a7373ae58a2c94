namespace LongAlign.Data.SelfInstruct;

/// <summary>A row of instruction data.</summary>
/// <param name="Conversation">User: document and question; assistant: the answer.</param>
/// <param name="Provenance">Its origin.</param>
public sealed record LongInstruction(ChatConversation Conversation, InstructionProvenance Provenance);
