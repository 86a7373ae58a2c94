namespace LongAlign.Training;

/// <summary>The evaluations of a run. Everything follows from the reports: a resumed run adds the earlier ones again.</summary>
internal sealed class EvaluationHistory
{
    private readonly EvaluationOptions? _options;
    private readonly List<EvaluationReport> _reports = [];
    private double _lastImprovement = double.PositiveInfinity;
    private int _withoutImprovement;

    /// <summary>Makes the history of a resumed run.</summary>
    /// <param name="options">The options of stopping early; null: never stop early.</param>
    /// <param name="before">The reports so far.</param>
    public EvaluationHistory(EvaluationOptions? options, IEnumerable<EvaluationReport> before)
    {
        _options = options;
        foreach (EvaluationReport report in before)
        {
            Add(report);
        }
    }

    public IReadOnlyList<EvaluationReport> Reports => _reports;

    public EvaluationReport? Latest => _reports.Count > 0 ? _reports[^1] : null;

    /// <summary>The evaluation with the lowest loss, the earliest of equals; null where no loss was finite.</summary>
    public EvaluationReport? Best { get; private set; }

    public bool IsStopDue => _withoutImprovement >= _options?.Patience;

    public void Add(EvaluationReport report)
    {
        _reports.Add(report);
        if (report.Loss < (Best?.Loss ?? double.PositiveInfinity))
        {
            Best = report;
        }

        if (report.Loss < _lastImprovement - (_options?.MinImprovement ?? 0))
        {
            (_lastImprovement, _withoutImprovement) = (report.Loss, 0);
        }
        else
        {
            _withoutImprovement++;
        }
    }
}
