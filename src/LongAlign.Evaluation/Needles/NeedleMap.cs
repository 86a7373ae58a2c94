using System.Globalization;
using System.Text;

namespace LongAlign.Evaluation.Needles;

/// <summary>The result of a needle test by length and depth.</summary>
public sealed class NeedleMap
{
    private readonly Dictionary<(int Length, double Depth), NeedleCell> _cells;

    /// <summary>Makes a map.</summary>
    /// <param name="results">The results of all trials.</param>
    public NeedleMap(IEnumerable<NeedleResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        Results = [.. results];
        _cells = Results.GroupBy(result => (result.Prompt.Length, result.Prompt.Depth)).ToDictionary(
            group => group.Key,
            group => new NeedleCell
            {
                Length = group.Key.Length,
                Depth = group.Key.Depth,
                Trials = group.Count(),
                Scored = group.Count(result => result.Score is not null),
                Mean = group.Average(result => result.Score),
                Judged = group.Count(result => result.JudgeScore is not null),
                JudgeMean = group.Average(result => result.JudgeScore),
            });
        Lengths = [.. _cells.Keys.Select(cell => cell.Length).Distinct().Order()];
        Depths = [.. _cells.Keys.Select(cell => cell.Depth).Distinct().Order()];
    }

    /// <summary>The results, one a prompt.</summary>
    public IReadOnlyList<NeedleResult> Results { get; }

    /// <summary>The lengths, rising.</summary>
    public IReadOnlyList<int> Lengths { get; }

    /// <summary>The depths, rising.</summary>
    public IReadOnlyList<double> Depths { get; }

    /// <summary>The prompts without a reply.</summary>
    public IEnumerable<NeedleResult> Missing => Results.Where(result => result.Score is null);

    /// <summary>The mean of all scores; null where there is none.</summary>
    public double? Mean => Results.Average(result => result.Score);

    /// <summary>The mean of all of a judge's scores; null where there is none.</summary>
    public double? JudgeMean => Results.Average(result => result.JudgeScore);

    /// <summary>Gets a cell.</summary>
    /// <param name="length">Its length.</param>
    /// <param name="depth">Its depth.</param>
    /// <returns>The cell; null where the grid has none.</returns>
    public NeedleCell? Find(int length, double depth) => _cells.GetValueOrDefault((length, depth));

    /// <summary>A table in Markdown: depths by lengths, per cent found; "missing" where there is no reply, and how many where some are.</summary>
    /// <returns>The text.</returns>
    public override string ToString()
    {
        StringBuilder text = new();
        text.Append("| depth % |").AppendJoin('|', Lengths.Select(length => string.Create(CultureInfo.InvariantCulture, $" {length:N0} "))).Append("|\n");
        text.Append("| ---: |").Insert(text.Length, " ---: |", Lengths.Count).Append('\n');
        foreach (double depth in Depths)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {depth} |");
            foreach (int length in Lengths)
            {
                text.Append(CultureInfo.InvariantCulture, $" {Describe(Find(length, depth))} |");
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Describe(NeedleCell? cell) => cell switch
    {
        null => "no cell",
        { Mean: null } => "missing",
        { Mean: { } mean } when cell.Scored < cell.Trials => string.Create(CultureInfo.InvariantCulture, $"{100 * mean:0} ({cell.Scored} of {cell.Trials})"),
        { Mean: { } mean } => string.Create(CultureInfo.InvariantCulture, $"{100 * mean:0}"),
    };
}
