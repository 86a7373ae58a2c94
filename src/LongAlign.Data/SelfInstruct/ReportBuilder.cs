using LongAlign.Requests;

namespace LongAlign.Data.SelfInstruct;

/// <summary>Counts what becomes of documents; used by one thread.</summary>
internal sealed class ReportBuilder
{
    private readonly DataReportBuilder _data = new("instructions");
    private readonly List<DroppedDocument> _dropped = [];
    private readonly Dictionary<InstructionTask, int> _tasks = [];
    private readonly Dictionary<DocumentLanguage, int> _languages = [];
    private readonly Dictionary<int, int> _questions = [];
    private int _documents;

    public void DocumentsRead(int count) => _documents = count;

    public void Drop(string id, DropReason reason, string detail)
    {
        _data.Skip(reason.ToString(), id, detail is "" ? null : detail);
        _dropped.Add(new DroppedDocument(id, reason, detail));
    }

    public void Keep(InstructionProvenance row)
    {
        _data.Keep(row.DocumentTokens, targets: 0);
        Count(_tasks, row.Task);
        Count(_languages, row.Language);
        Count(_questions, row.QuestionsFound);
    }

    public LongInstructionReport Build(RequestReport requests)
    {
        if (_documents - _data.RowsIn is > 0 and long left)
        {
            _data.Skip("not reached", left, "the run ended before", detail: null);
        }

        return new LongInstructionReport
        {
            Data = _data.Build(),
            Dropped = [.. _dropped],
            RowsByTask = new Dictionary<InstructionTask, int>(_tasks),
            RowsByLanguage = new Dictionary<DocumentLanguage, int>(_languages),
            RowsByQuestions = new Dictionary<int, int>(_questions),
            Requests = requests,
        };
    }

    private static void Count<T>(Dictionary<T, int> counts, T key)
        where T : notnull
        => counts[key] = counts.GetValueOrDefault(key) + 1;
}
