namespace LongAlign.Data.SelfInstruct;

/// <summary>The result of a document: a row, or the reason why it gave none.</summary>
internal sealed record InstructionResult(string Id, LongInstruction? Row, DropReason Reason, string Detail)
{
    public static InstructionResult Made(SelectedDocument selected, LongInstruction row) => new(selected.Document.Id, row, default, "");

    public static InstructionResult Dropped(SelectedDocument selected, DropReason reason, string detail) => new(selected.Document.Id, null, reason, detail);
}
