using System.Globalization;
using LongAlign.Data.Requests;

namespace LongAlign.Data.SelfInstruct;

/// <summary>What became of the documents of a run. Documents read are rows and dropped ones together.</summary>
public sealed record LongInstructionReport
{
    /// <summary>Gets the documents read.</summary>
    public required int Documents { get; init; }

    /// <summary>Gets the rows that came out.</summary>
    public required int Rows { get; init; }

    /// <summary>Gets the documents that no row came of, and why.</summary>
    public required IReadOnlyList<DroppedDocument> Dropped { get; init; }

    /// <summary>Gets the rows by task.</summary>
    public required IReadOnlyDictionary<InstructionTask, int> RowsByTask { get; init; }

    /// <summary>Gets the rows by language.</summary>
    public required IReadOnlyDictionary<DocumentLanguage, int> RowsByLanguage { get; init; }

    /// <summary>Gets the rows by the power of two that the document's tokens reach: 8,192 stands for 8,192 to 16,383.</summary>
    public required IReadOnlyDictionary<int, int> RowsByTokens { get; init; }

    /// <summary>Gets the rows by the number of questions found.</summary>
    public required IReadOnlyDictionary<int, int> RowsByQuestions { get; init; }

    /// <summary>Gets the requests, with their cost by stage.</summary>
    public required RequestReport Requests { get; init; }

    /// <summary>Several lines for people.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Join(Environment.NewLine, (string[])
    [
        string.Create(CultureInfo.InvariantCulture, $"{Rows:N0} rows of {Documents:N0} documents"),
        $"by task: {Counts(RowsByTask)}",
        $"by language: {Counts(RowsByLanguage)}",
        $"by tokens, from: {Counts(RowsByTokens)}",
        $"by questions found: {Counts(RowsByQuestions)}",
        .. Dropped.GroupBy(dropped => dropped.Reason).OrderBy(group => group.Key).Select(group => string.Create(
            CultureInfo.InvariantCulture, $"dropped {group.Count():N0}: {group.Key} (first: {group.First().Id}{(group.First().Detail is { Length: > 0 } detail ? $", {detail}" : "")})")),
        .. Requests.Stages.Select(stage => stage.ToString()),
    ]);

    private static string Counts<T>(IReadOnlyDictionary<T, int> counts)
        => string.Join(", ", counts.OrderBy(count => count.Key).Select(count => string.Create(CultureInfo.InvariantCulture, $"{count.Key} {count.Value:N0}")));
}
