using System.Globalization;

namespace LongAlign.Evaluation.Comparisons;

/// <summary>Splits scores into groups.</summary>
internal static class ScoreGroups
{
    /// <summary>By a name; questions without one are in no group. One group alone says nothing that the whole does not.</summary>
    public static IReadOnlyList<ScoreGroup> By(IReadOnlyList<PairedScore> scores, Func<PairedScore, string?> name, ComparisonOptions options)
    {
        ScoreGroup[] groups = [.. scores.Where(score => name(score) is not null).GroupBy(score => name(score)!).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => Of(group.Key, [.. group], options))];
        return groups.Length > 1 ? groups : [];
    }

    public static IReadOnlyList<ScoreGroup> ByLength(IReadOnlyList<PairedScore> scores, ComparisonOptions options)
    {
        int[] bounds = [0, .. options.LengthBounds, int.MaxValue];
        ScoreGroup[] groups = [.. bounds.Zip(bounds.Skip(1)).Select(range => Of(
                NameOf(range.First, range.Second), [.. scores.Where(score => score.Length > range.First && score.Length <= range.Second)], options))
            .Where(group => group.Count > 0)];
        return groups.Length > 1 ? groups : [];
    }

    public static ScoreGroup Of(string name, PairedScore[] scores, ComparisonOptions options)
        => new(name, scores.Length, Compare(scores, options));

    /// <summary>The comparison; null where there are too few pairs for one.</summary>
    public static PairedComparison? Compare(IReadOnlyList<PairedScore> scores, ComparisonOptions options)
        => scores.Count(score => score is { A: not null, B: not null }) < 2 ? null : new PairedComparison(scores, options.Seed, options.Resamples);

    private static string NameOf(int above, int to) => to == int.MaxValue
        ? string.Create(CultureInfo.InvariantCulture, $"over {above:N0}")
        : above == 0 ? string.Create(CultureInfo.InvariantCulture, $"up to {to:N0}")
        : string.Create(CultureInfo.InvariantCulture, $"{above + 1:N0} to {to:N0}");
}
