namespace LongAlign.Data.SelfInstruct;

/// <summary>Finds pieces of an evaluation set in a text. Evaluation texts shorter than a piece must be found whole.</summary>
internal sealed class EvaluationOverlap
{
    private readonly Dictionary<int, HashSet<ulong>> _pieces = [];

    public EvaluationOverlap(IEnumerable<string> texts, int words)
    {
        foreach (string text in texts)
        {
            // A text of one or two words would be found everywhere.
            int length = Math.Min(words, TextWords.Of(text).Count);
            if (length >= Math.Min(words, 5))
            {
                (_pieces.TryGetValue(length, out HashSet<ulong>? set) ? set : _pieces[length] = []).UnionWith(TextPieces.Of(text, length));
            }
        }
    }

    public bool IsIn(string text) => _pieces.Any(group => TextPieces.Of(text, group.Key).Any(group.Value.Contains));
}
