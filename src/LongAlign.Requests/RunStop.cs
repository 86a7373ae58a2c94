namespace LongAlign.Requests;

/// <summary>The end of a run before its work is done, and why: no further call is made then.</summary>
internal sealed class RunStop(RequestJournal journal) : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private string? _reason;

    /// <summary>Cancelled when the run stops.</summary>
    public CancellationToken Token => _stopping.Token;

    /// <summary>Stops the run; the first reason counts.</summary>
    /// <returns>To be thrown: tokens linked to the stop may not be cancelled yet when another thread is at it too.</returns>
    public RequestRunException Stop(string reason)
    {
        Interlocked.CompareExchange(ref _reason, reason, null);
        _stopping.Cancel();
        return ToException();
    }

    public RequestRunException ToException() => new($"The run stopped: {_reason} {journal.ReplyCount} replies are in {journal.FilePath}.");

    public void Dispose() => _stopping.Dispose();
}
