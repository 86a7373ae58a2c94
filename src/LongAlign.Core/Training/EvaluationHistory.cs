namespace LongAlign.Training;

/// <summary>The evaluations of a run. All it says follows from the reports: a run that goes on adds those of before again.</summary>
/// <param name="options">When to stop early; null: never.</param>
internal sealed class EvaluationHistory(EvaluationOptions? options)
{
    private readonly List<EvaluationReport> _reports = [];
    private double _lastImprovement = double.PositiveInfinity;
    private int _withoutImprovement;

    public IReadOnlyList<EvaluationReport> Reports => _reports;

    /// <summary>What a checkpoint may note.</summary>
    public EvaluationReport? Latest => _reports.Count > 0 ? _reports[^1] : null;

    /// <summary>That of the lowest loss, the earliest of equals; null where no loss was finite.</summary>
    public EvaluationReport? Best { get; private set; }

    public bool IsStopDue => _withoutImprovement >= options?.Patience;

    public void Add(EvaluationReport report)
    {
        _reports.Add(report);
        if (report.Loss < (Best?.Loss ?? double.PositiveInfinity))
        {
            Best = report;
        }

        if (report.Loss < _lastImprovement - (options?.MinImprovement ?? 0))
        {
            (_lastImprovement, _withoutImprovement) = (report.Loss, 0);
        }
        else
        {
            _withoutImprovement++;
        }
    }
}
