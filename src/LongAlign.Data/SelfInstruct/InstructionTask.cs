namespace LongAlign.Data.SelfInstruct;

/// <summary>The kind of questions about a document (the paper's Appendix A).</summary>
public enum InstructionTask
{
    /// <summary>Anything that the document answers.</summary>
    General,

    /// <summary>A summary of the document or of a part of it.</summary>
    Summary,

    /// <summary>A conclusion from several places in the document.</summary>
    Reasoning,

    /// <summary>Particular facts in the document.</summary>
    InformationExtraction,
}
