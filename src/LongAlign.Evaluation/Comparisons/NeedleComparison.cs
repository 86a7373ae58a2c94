using System.Globalization;
using LongAlign.Evaluation.Needles;

namespace LongAlign.Evaluation.Comparisons;

/// <summary>A comparison of two needle maps, cell by cell and trial by trial. Immutable.</summary>
/// <remarks>Trials are paired by length, depth and number: both models are to be asked for the same needles (one seed).</remarks>
public sealed class NeedleComparison
{
    /// <summary>Compares.</summary>
    /// <param name="a">The base's map.</param>
    /// <param name="b">The other's map.</param>
    /// <param name="options">Names and seed; the defaults where null.</param>
    /// <exception cref="ArgumentException">A map has a trial twice, or the two hid other needles under the same name.</exception>
    public NeedleComparison(NeedleMap a, NeedleMap b, ComparisonOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        options ??= new ComparisonOptions();
        NameA = options.NameA;
        NameB = options.NameB;
        Lengths = [.. a.Lengths.Union(b.Lengths).Order()];
        Depths = [.. a.Depths.Union(b.Depths).Order()];
        Cells = [.. Depths.SelectMany(_ => Lengths, (depth, length) => new NeedleCellDifference { Length = length, Depth = depth, A = a.Find(length, depth), B = b.Find(length, depth) })];
        PairedScore[] trials = Pair(a, b);
        Trials = ScoreGroups.Compare(trials, options);
        ByLength = [.. trials.GroupBy(trial => trial.Length!.Value).OrderBy(group => group.Key)
            .Select(group => ScoreGroups.Of(group.Key.ToString("N0", CultureInfo.InvariantCulture), [.. group], options))];
        Missing = [.. trials.Where(trial => trial.A is null || trial.B is null)
            .Select(trial => new MissingScore(trial.Id, trial.A is null, trial.B is null, trial.MissingReason!))];
    }

    /// <summary>The name of A.</summary>
    public string NameA { get; }

    /// <summary>The name of B.</summary>
    public string NameB { get; }

    /// <summary>The lengths of either map, rising.</summary>
    public IReadOnlyList<int> Lengths { get; }

    /// <summary>The depths of either map, rising.</summary>
    public IReadOnlyList<double> Depths { get; }

    /// <summary>Every length at every depth, depths first; cells that a map lacks are there as lacking.</summary>
    public IReadOnlyList<NeedleCellDifference> Cells { get; }

    /// <summary>The comparison over all trials; null where fewer than two have both scores.</summary>
    public PairedComparison? Trials { get; }

    /// <summary>The trials of each length.</summary>
    public IReadOnlyList<ScoreGroup> ByLength { get; }

    /// <summary>Trials that lack a score, with the reason.</summary>
    public IReadOnlyList<MissingScore> Missing { get; }

    /// <summary>The verdict in a plain sentence.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Trials?.Describe(NameA, NameB) ?? "Fewer than two needles have a score of both models.";

    private static PairedScore[] Pair(NeedleMap a, NeedleMap b)
    {
        Dictionary<string, NeedleResult> resultsOfA = a.Results.ToDictionary(result => result.Prompt.Id);
        Dictionary<string, NeedleResult> resultsOfB = b.Results.ToDictionary(result => result.Prompt.Id);
        return [.. resultsOfA.Keys.Union(resultsOfB.Keys).Select(id =>
        {
            (NeedleResult? ofA, NeedleResult? ofB) = (resultsOfA.GetValueOrDefault(id), resultsOfB.GetValueOrDefault(id));
            if (ofA is not null && ofB is not null && ofA.Prompt.Needle != ofB.Prompt.Needle)
            {
                throw new ArgumentException($"Trial {id} hides '{ofA.Prompt.Needle.Answer}' from A and '{ofB.Prompt.Needle.Answer}' from B; expected the same needle (one seed).", nameof(b));
            }

            return new PairedScore(id, ofA?.Score, ofB?.Score)
            {
                Length = (ofA ?? ofB)!.Prompt.Length,
                MissingReason = string.Join("; ", new[] { Reason("A", ofA), Reason("B", ofB) }.OfType<string>()),
            };
        })];
    }

    private static string? Reason(string name, NeedleResult? result)
        => result is null ? $"{name}: not asked" : result.Score is null ? $"{name}: {result.MissingReason}" : null;
}
