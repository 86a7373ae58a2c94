using System.Numerics;
using LongAlign.Data.Requests;

namespace LongAlign.Data.SelfInstruct;

/// <summary>Counts what becomes of documents; used by one thread.</summary>
internal sealed class ReportBuilder
{
    private readonly List<DroppedDocument> _dropped = [];
    private readonly Dictionary<InstructionTask, int> _tasks = [];
    private readonly Dictionary<DocumentLanguage, int> _languages = [];
    private readonly Dictionary<int, int> _tokens = [];
    private readonly Dictionary<int, int> _questions = [];
    private int _documents;
    private int _rows;

    public void DocumentsRead(int count) => _documents = count;

    public void Drop(string id, DropReason reason, string detail) => _dropped.Add(new DroppedDocument(id, reason, detail));

    public void Keep(InstructionProvenance row)
    {
        _rows++;
        Count(_tasks, row.Task);
        Count(_languages, row.Language);
        Count(_tokens, row.DocumentTokens == 0 ? 0 : 1 << BitOperations.Log2((uint)row.DocumentTokens));
        Count(_questions, row.QuestionsFound);
    }

    public LongInstructionReport Build(RequestReport requests) => new()
    {
        Documents = _documents,
        Rows = _rows,
        Dropped = [.. _dropped],
        RowsByTask = new Dictionary<InstructionTask, int>(_tasks),
        RowsByLanguage = new Dictionary<DocumentLanguage, int>(_languages),
        RowsByTokens = new Dictionary<int, int>(_tokens),
        RowsByQuestions = new Dictionary<int, int>(_questions),
        Requests = requests,
    };

    private static void Count<T>(Dictionary<T, int> counts, T key)
        where T : notnull
        => counts[key] = counts.GetValueOrDefault(key) + 1;
}
