namespace LongAlign.Requests;

/// <summary>Counts requests, tokens and money by stage.</summary>
internal sealed class RequestMeter
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, StageReport> _stages = new(StringComparer.Ordinal);

    public int Answered { get; private set; }

    public int Failed { get; private set; }

    public void Begin(string stage) => Change(stage, report => report with { Requests = report.Requests + 1 });

    /// <summary>The item, stage and message of the first request that failed; null where none has.</summary>
    public string? FirstFailure { get; private set; }

    public void End(RequestOutcome outcome, bool isFromJournal)
    {
        bool isAnswered = outcome.Reply is not null;
        lock (_lock)
        {
            Answered += isAnswered ? 1 : 0;
            Failed += isAnswered ? 0 : 1;
            FirstFailure ??= isAnswered ? null : $"{outcome.Request.ItemId}, {outcome.Request.Stage}: {outcome.Failure!.Message}";
        }

        Change(outcome.Request.Stage, report => report with
        {
            Answered = report.Answered + (isAnswered ? 1 : 0),
            Failed = report.Failed + (isAnswered ? 0 : 1),
            FromJournal = report.FromJournal + (isFromJournal ? 1 : 0),
        });
    }

    public void Call(string stage, bool isRateLimited) => Change(stage, report => report with
    {
        Calls = report.Calls + 1,
        RateLimited = report.RateLimited + (isRateLimited ? 1 : 0),
    });

    public void Spend(JournalRecord record, decimal cost, bool isEarlier) => Change(record.Stage, report => record.Event == JournalEvent.Reply
        ? report with
        {
            Usage = report.Usage.Add(record.Usage),
            Cost = report.Cost + cost,
            CostOfThisRun = report.CostOfThisRun + (isEarlier ? 0 : cost),
        }
        : report with { CostInDoubt = report.CostInDoubt + cost });

    public RequestReport Report()
    {
        lock (_lock)
        {
            return new RequestReport([.. _stages.Values]);
        }
    }

    private void Change(string stage, Func<StageReport, StageReport> change)
    {
        lock (_lock)
        {
            _stages[stage] = change(_stages.TryGetValue(stage, out StageReport? report) ? report : new StageReport
            {
                Stage = stage,
                Requests = 0,
                FromJournal = 0,
                Answered = 0,
                Failed = 0,
                Calls = 0,
                RateLimited = 0,
                Usage = default,
                Cost = 0,
                CostOfThisRun = 0,
                CostInDoubt = 0,
            });
        }
    }
}
