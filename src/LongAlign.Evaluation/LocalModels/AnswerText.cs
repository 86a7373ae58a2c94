using Microsoft.ML.Tokenizers;

namespace LongAlign.Evaluation.LocalModels;

/// <summary>The text of an answer as its tokens come: never half a character, and nothing of a stop sequence.</summary>
internal sealed class AnswerText(Tokenizer tokenizer, IReadOnlyList<string> stops)
{
    private const char Replacement = '\uFFFD';

    private readonly List<int> _ids = [];
    private string _held = "";
    private int _seen;

    /// <summary>Whether a stop sequence came; no token is due then.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Takes a token and gives the text that is certain.</summary>
    public string Append(int id)
    {
        _ids.Add(id);

        // All of it each time: what a token stands for depends on those before it, and a step of a model takes far longer.
        string whole = tokenizer.Decode(_ids) ?? "";
        return whole.Length > 0 && whole[^1] == Replacement ? "" : Release(NewIn(whole));
    }

    /// <summary>The rest, when no further token comes.</summary>
    public string End()
    {
        if (IsStopped)
        {
            return "";
        }

        string text = Release(NewIn(tokenizer.Decode(_ids) ?? ""));
        return IsStopped ? text : text + _held;
    }

    private string NewIn(string whole)
    {
        string text = whole[Math.Min(_seen, whole.Length)..];
        _seen = Math.Max(_seen, whole.Length);
        return text;
    }

    private string Release(string text)
    {
        _held += text;
        int stop = stops.Select(sequence => _held.IndexOf(sequence, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
        IsStopped = stop >= 0;
        int certain = IsStopped ? stop : Enumerable.Range(0, _held.Length).FirstOrDefault(MayBeginAStop, _held.Length);
        string released = _held[..certain];
        _held = IsStopped ? "" : _held[certain..];
        return released;
    }

    private bool MayBeginAStop(int at) => stops.Any(sequence => sequence.StartsWith(_held[at..], StringComparison.Ordinal));
}
