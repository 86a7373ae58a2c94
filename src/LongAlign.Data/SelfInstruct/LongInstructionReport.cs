using System.Globalization;
using LongAlign.Requests;

namespace LongAlign.Data.SelfInstruct;

/// <summary>The report on the documents of a run.</summary>
public sealed record LongInstructionReport
{
    /// <summary>Gets the documents that came in, the rows that went out, and why the others did not.</summary>
    /// <value>Tokens and lengths are those of the rows' documents, as <see cref="LongInstructionOptions.CountTokens"/> counts them.</value>
    public required DataReport Data { get; init; }

    /// <summary>Gets the documents that no row came of, and why.</summary>
    public required IReadOnlyList<DroppedDocument> Dropped { get; init; }

    /// <summary>Gets the rows by task.</summary>
    public required IReadOnlyDictionary<InstructionTask, int> RowsByTask { get; init; }

    /// <summary>Gets the rows by language.</summary>
    public required IReadOnlyDictionary<DocumentLanguage, int> RowsByLanguage { get; init; }

    /// <summary>Gets the rows by the number of questions found.</summary>
    public required IReadOnlyDictionary<int, int> RowsByQuestions { get; init; }

    /// <summary>Gets the requests, with their cost by stage.</summary>
    public required RequestReport Requests { get; init; }

    /// <summary>Several lines for people.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Join(Environment.NewLine, (string[])
    [
        Data.ToString(),
        $"by task: {Counts(RowsByTask)}",
        $"by language: {Counts(RowsByLanguage)}",
        $"by questions found: {Counts(RowsByQuestions)}",
        .. Requests.Stages.Select(stage => stage.ToString()),
    ]);

    private static string Counts<T>(IReadOnlyDictionary<T, int> counts)
        => string.Join(", ", counts.OrderBy(count => count.Key).Select(count => string.Create(CultureInfo.InvariantCulture, $"{count.Key} {count.Value:N0}")));
}
