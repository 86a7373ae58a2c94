namespace LongAlign.Data.SelfInstruct;

/// <summary>
/// The prompts of the tasks, in our own words after section 3.2 and Appendix A of the paper. The document always comes first, so
/// that the requests for questions and for the answer begin alike and a provider's prompt cache pays for the document once.
/// </summary>
internal static class TaskPrompts
{
    public const int QuestionCount = 5;

    public static string Questions(string document, InstructionTask task, DocumentLanguage language)
        => language == DocumentLanguage.Chinese
            ? $"{document}\n\n以上是一篇文档。请就这篇文档提出{QuestionCount}个互不相同的问题，{InChinese(task)}，并且只凭文档就能回答；这些问题合起来要涉及文档的开头、中间和结尾。请用下面的格式，每行一个问题，不要写别的内容：\n1: \n2: \n3: \n4: \n5: "
            : $"{document}\n\nAbove is a document. Write {QuestionCount} different questions about it {InEnglish(task)}. The document alone must be enough to answer each of them, and together they should cover its beginning, its middle and its end. Give one question a line in this form and write nothing else:\n1: \n2: \n3: \n4: \n5: ";

    public static string Answer(string document, string question) => $"{document}\n\n{question}";

    public static string ClosedBook(string question, DocumentLanguage language)
        => language == DocumentLanguage.Chinese
            ? $"{question}\n\n请凭你自己的知识作答。如果没有相关文档就无法回答，请只回答“不知道”。"
            : $"{question}\n\nAnswer from what you know. If it can't be answered without a document that is not given here, answer only \"unknown\".";

    private static string InEnglish(InstructionTask task) => task switch
    {
        InstructionTask.Summary => "that ask for a summary, of the whole or of one of its parts or threads",
        InstructionTask.Reasoning => "that can be answered only by several steps of reasoning over facts from different places",
        InstructionTask.InformationExtraction => "that ask for particular pieces of information, such as names, numbers, dates, terms or conditions",
        _ => "such as an attentive reader would ask",
    };

    private static string InChinese(InstructionTask task) => task switch
    {
        InstructionTask.Summary => "要求对全文或其中某个部分、某条线索进行总结",
        InstructionTask.Reasoning => "需要结合文档中不同位置的信息、经过多步推理才能回答",
        InstructionTask.InformationExtraction => "要求找出文档中的具体信息，例如人名、数字、日期、术语或条件",
        _ => "像一位认真的读者会问的那样",
    };
}
