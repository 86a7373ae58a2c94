using System.Globalization;
using LongAlign.Requests;

namespace LongAlign.Cli.Terminal;

/// <summary>Shows the progress of a run's calls beside the bar, and each new kind of failure once on a line.</summary>
internal sealed class CallProgress(ToolConsole console, Action<ProgressState> report, int total, int before = 0)
{
    private const int Longest = 60;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _said = [];
    private int _answers;
    private int _retries;
    private string _last = "";

    public void Answered(int answers)
    {
        lock (_lock)
        {
            _answers = answers;
            Report();
        }
    }

    public void Retrying(RequestFailure failure, TimeSpan pause)
    {
        lock (_lock)
        {
            _retries++;
            _last = failure.Message;
            if (_said.Add(failure.Message))
            {
                console.Say(string.Create(CultureInfo.InvariantCulture, $"{failure.Message} Trying again in {pause.TotalSeconds:0.#} s."));
            }

            Report();
        }
    }

    private void Report()
    {
        string last = _last.Length > Longest ? _last[..Longest] + "…" : _last;
        string retries = _retries == 0 ? "" : $", {_retries} tried again, last: {last}";
        report(new ProgressState(Math.Min(before + _answers, total), total, $"{_answers} calls answered{retries}"));
    }
}
