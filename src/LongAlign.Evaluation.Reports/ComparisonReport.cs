using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using LongAlign.Evaluation.Comparisons;
using LongAlign.Evaluation.Perplexity;
using LongAlign.Native;

namespace LongAlign.Evaluation.Reports;

/// <summary>
/// The report of a comparison: one page of HTML that needs nothing else, one file of JSON, one summary in Markdown. The same for the same
/// contents: it has no time stamp.
/// </summary>
public sealed record ComparisonReport
{
    /// <summary>Gets the heading.</summary>
    /// <value>"Comparison of two models" unless set.</value>
    public string Title { get; init; } = "Comparison of two models";

    /// <summary>Gets the name of the base.</summary>
    public required string NameA { get; init; }

    /// <summary>Gets the name of the other model.</summary>
    public required string NameB { get; init; }

    /// <summary>Gets who or what scored the questions, and on which scale; it stands in front of the scores.</summary>
    public required string Scoring { get; init; }

    /// <summary>Gets the questions.</summary>
    /// <value>None unless set.</value>
    public ModelComparison? Questions { get; init; }

    /// <summary>Gets the needle test.</summary>
    /// <value>None unless set.</value>
    public NeedleComparison? Needles { get; init; }

    /// <summary>Gets perplexity by position.</summary>
    /// <value>None unless set.</value>
    public PerplexityComparison? Perplexity { get; init; }

    /// <summary>Gets the guard of short tasks.</summary>
    /// <value>None unless set.</value>
    public ShortTaskGuard? ShortTasks { get; init; }

    /// <summary>Gets the scoring of short tasks.</summary>
    /// <value>Empty unless set.</value>
    public string ShortTaskScoring { get; init; } = "";

    /// <summary>Gets the reliability of the judge.</summary>
    /// <value>None unless set.</value>
    public JudgeTrust? Judge { get; init; }

    /// <summary>Gets questions with both replies and what the judge said of them, which the page shows folded.</summary>
    /// <value>None unless set; <see cref="ReportSample.OfChats"/> and <see cref="ReportSample.OfNeedles"/> make them.</value>
    public IReadOnlyList<ReportSample> Samples { get; init; } = [];

    /// <summary>Gets further facts: data, prompts, versions, seeds, cost.</summary>
    /// <value>None unless set.</value>
    public IReadOnlyList<ReportFact> Facts { get; init; } = [];

    /// <summary>Gets pictures to show.</summary>
    /// <value>None unless set.</value>
    [JsonIgnore]
    public IReadOnlyList<ReportPicture> Pictures { get; init; } = [];

    /// <summary>Makes the page: no script, nothing from the network, everything written as text.</summary>
    /// <returns>HTML.</returns>
    public string ToHtml() => HtmlPage.Of(Title, ReportBlocks.Of(this));

    /// <summary>Makes the summary.</summary>
    /// <returns>Markdown.</returns>
    public string ToMarkdown() => MarkdownText.Of(Title, ReportBlocks.Of(this));

    /// <summary>Makes the data of the report, numbers in full.</summary>
    /// <returns>JSON.</returns>
    public string ToJson() => JsonSerializer.Serialize(this, ReportJson.Default.ComparisonReport) + "\n";

    /// <summary>Writes <c>report.html</c>, <c>report.json</c> and <c>report.md</c>, UTF-8; each appears under its name when it is whole.</summary>
    /// <param name="folder">The folder; made if it does not exist.</param>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach ((string name, string text) in new[] { ("report.html", ToHtml()), ("report.json", ToJson()), ("report.md", ToMarkdown()) })
        {
            AtomicFiles.Write(Path.Combine(folder, name), Encoding.UTF8.GetBytes(text));
        }
    }
}
