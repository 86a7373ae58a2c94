using System.Diagnostics;
using LongAlign.Sequences;

namespace LongAlign.Data;

/// <summary>Counts what a stage does. For one thread.</summary>
internal sealed class DataReportBuilder(string stage)
{
    private const int MaxExamples = 5;
    private const string PassedOver = "files of another kind";

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly Dictionary<string, Rows> _skipped = [];
    private readonly Dictionary<string, Rows> _changed = [];
    private readonly Dictionary<string, Rows> _ignored = [];
    private readonly HashSet<(string What, string File)> _seen = [];
    private readonly LengthHistogram _lengths = new();
    private long _rowsIn;
    private long _rowsOut;
    private long _tokens;
    private long _targets;

    public long RowsIn => _rowsIn;

    public long TokenCount => _tokens;

    public TimeSpan Elapsed => _watch.Elapsed;

    public void Keep()
    {
        _rowsIn++;
        _rowsOut++;
    }

    public void Keep(TokenSequence sequence) => Keep(sequence.Length, sequence.TargetCount);

    public void Keep(int tokens, int targets)
    {
        Keep();
        _tokens += tokens;
        _targets += targets;
        if (tokens > 0)
        {
            _lengths.Add(tokens);
        }
    }

    public void Skip(string reason, string source, string? detail = null) => Skip(reason, 1, source, detail);

    /// <param name="reason">Why.</param>
    /// <param name="count">The number of rows.</param>
    /// <param name="source">The place of the first.</param>
    /// <param name="detail">Particulars of it.</param>
    public void Skip(string reason, long count, string source, string? detail)
    {
        _rowsIn += count;
        Add(_skipped, reason, count, source, detail);
    }

    /// <summary>Notes that a row that is kept was changed.</summary>
    public void Change(string reason, string source, string? detail = null) => Add(_changed, reason, 1, source, detail);

    /// <summary>Notes columns and keys of a row that nothing is made of.</summary>
    public void Ignore(IEnumerable<string> names, string source)
    {
        foreach (string name in names)
        {
            int end = source.LastIndexOf(':');
            bool isFirst = _seen.Add((name, end < 0 ? source : source[..end]));
            Add(_ignored, name, 1, isFirst ? source : null, detail: null);
        }
    }

    /// <summary>Notes a file that is not read; all of them are named.</summary>
    public void PassOver(string file) => Add(_ignored, PassedOver, 1, file, detail: null, most: int.MaxValue);

    public DataReport Build() => new()
    {
        Stage = stage,
        RowsIn = _rowsIn,
        RowsOut = _rowsOut,
        Skipped = Build(_skipped),
        Changed = Build(_changed),
        Ignored = Build(_ignored),
        TokenCount = _tokens,
        TargetCount = _targets,
        Lengths = _lengths.Copy(),
        Elapsed = _watch.Elapsed,
    };

    private static void Add(Dictionary<string, Rows> groups, string reason, long count, string? source, string? detail, int most = MaxExamples)
    {
        if (!groups.TryGetValue(reason, out Rows? rows))
        {
            groups.Add(reason, rows = new Rows());
        }

        rows.Count += count;
        if (source is not null && rows.Examples.Count < most)
        {
            rows.Examples.Add(detail is null ? source : $"{source}: {detail}");
        }
    }

    private static ReportedRows[] Build(Dictionary<string, Rows> groups)
        => [.. groups.Select(group => new ReportedRows(group.Key, group.Value.Count, [.. group.Value.Examples]))];

    private sealed class Rows
    {
        public long Count { get; set; }

        public List<string> Examples { get; } = [];
    }
}
