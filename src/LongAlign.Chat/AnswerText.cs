using LongAlign.Data;

namespace LongAlign.Chat;

/// <summary>The text of an answer as its tokens come: never half a character, and nothing of a stop sequence.</summary>
internal sealed class AnswerText(ModelTokenizer tokenizer, IReadOnlyList<string> stops)
{
    private readonly TokenDecoder _decoder = tokenizer.CreateDecoder();
    private string _held = "";

    /// <summary>Whether a stop sequence came; no token is due then.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Takes a token and gives the text that is certain.</summary>
    public string Append(int id) => Release(_decoder.Append(id));

    /// <summary>The rest, when no further token comes.</summary>
    public string End()
    {
        if (IsStopped)
        {
            return "";
        }

        string text = Release(_decoder.Finish());
        return IsStopped ? text : text + _held;
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
