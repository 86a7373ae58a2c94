using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using LongAlign.Evaluation.Comparisons;
using LongAlign.Evaluation.Needles;
using LongAlign.Evaluation.Reports;

namespace LongAlign.Evaluation.Tests.Reports;

public sealed partial class ComparisonReportTests
{
    private static readonly ComparisonReport Report = SampleReport.Create();

    /// <summary>The page is well-formed XML behind its first line, which makes it easy to look into.</summary>
    private static XElement Page(ComparisonReport report) => XElement.Parse(report.ToHtml().Split('\n', 2)[1]);

    [Fact]
    public void The_page_holds_nothing_that_runs_and_loads_nothing()
    {
        XElement page = Page(Report);
        Assert.Empty(page.Descendants("script"));
        Assert.Empty(page.Descendants("link"));
        Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase));
        XElement picture = Assert.Single(page.Descendants("img"));
        Assert.StartsWith("data:image/png;base64,iVBOR", picture.Attribute("src")!.Value, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", page.Descendants("style").Single().Value, StringComparison.Ordinal);
        XElement policy = page.Descendants("meta").Single(meta => meta.Attribute("http-equiv")?.Value == "Content-Security-Policy");
        Assert.StartsWith("default-src 'none'", policy.Attribute("content")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_and_reasons_are_text_wherever_they_stand()
    {
        string html = Report.ToHtml();
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img src=http", html, StringComparison.OrdinalIgnoreCase);
        string shown = SampleReport.Hostile.Replace('\u0001', '\uFFFD').Replace('\uD800', '\uFFFD');
        XElement page = Page(Report);
        Assert.Equal($"Base and tuned {shown}", page.Descendants("h1").Single().Value);
        Assert.Contains(page.Descendants("td"), cell => cell.Value == $"B: HTTP 400 {shown}");
        Assert.Contains(page.Descendants("img"), picture => picture.Attribute("alt")!.Value == $"A dot {shown}");
        string markdown = Report.ToMarkdown();
        Assert.DoesNotContain("<script", markdown.Replace("\\<", "", StringComparison.Ordinal), StringComparison.Ordinal);
        foreach (string table in markdown.Split("\n\n").Where(block => block.StartsWith('|')))
        {
            Assert.Single(table.Split('\n').Select(line => Border().Count(line)).Distinct()); // as many cells in each row
        }

        ModelComparison questions = new(Enumerable.Range(0, 40).Select(i => new PairedScore($"{i}", 0, 1)), new ComparisonOptions { NameB = SampleReport.Hostile + "\nanother line" });
        string verdict = (Report with { Questions = questions }).ToMarkdown().Split('\n').Single(line => line.StartsWith("**Questions", StringComparison.Ordinal));
        Assert.Contains("\\<script\\>alert(1)\\</script\\> \\& \"B\" \\| \\`x\\`", verdict, StringComparison.Ordinal);
        Assert.Contains("another line is better than A", verdict, StringComparison.Ordinal);
    }

    [Fact]
    public void No_empty_element_of_HTML_is_written_as_one_tag()
    {
        Assert.Equal("<p></p>", Markup.Html("p").ToString());
        string html = Report.ToHtml();
        foreach (string name in new[] { "td", "th", "p", "div", "figure", "style", "title" })
        {
            Assert.DoesNotContain($"<{name} />", html, StringComparison.Ordinal);
            Assert.DoesNotMatch($"<{name} [^>]*/>", html);
        }
    }

    [Fact]
    public void Every_part_is_there_and_missing_cells_and_cases_are_seen()
    {
        XElement page = Page(Report);
        Assert.Equal(
            ["Questions", "Needle in a haystack", "Perplexity by position", "Did it harm short tasks?", "Can the judge be trusted?", "Question by question", "How it was made", "How to read it"],
            page.Descendants("h2").Select(heading => heading.Value));
        XElement[] maps = [.. page.Descendants("table").Where(table => table.Attribute("class")?.Value == "map")];
        Assert.Equal(["A: base", "B: tuned", "B - A"], maps.Select(map => map.Element("caption")!.Value));
        Assert.Equal([2, 2, 3], maps.Select(map => map.Descendants("td").Count(cell => cell.Attribute("class")?.Value == "missing")));
        Assert.Contains(maps[0].Descendants("td"), cell => cell.Value == "no cell");
        Assert.All(maps[2].Descendants("td").Where(cell => cell.Value == "0"), cell => Assert.Equal("background: #f7f7f7", cell.Attribute("style")!.Value));
        string[] captions = [.. page.Descendants("caption").Select(caption => caption.Value)];
        Assert.Contains("Missing questions (2); they are in no number", captions);
        Assert.Contains($"Missing needles ({Report.Needles!.Missing.Count}); they are in no number", captions);
        Assert.Contains("Missing answers scored by people (1); they are in no number", captions);
        Assert.Contains("| all | 48 of 50 |", Report.ToMarkdown(), StringComparison.Ordinal);
        XElement[] scores = [.. page.Descendants("details").First().Descendants("td").Where(cell => cell.Value == "missing")];
        Assert.Equal(["B", "B - A", "B", "B - A"], scores.Select(cell => cell.Attribute("data-label")!.Value));
        Assert.Contains(page.Descendants("p"), paragraph => paragraph.Value == string.Create(
            CultureInfo.InvariantCulture, $"If every missing score spoke against B, the difference would be {Report.Questions!.LowerBound:+0.00;-0.00}; if every one spoke for B, {Report.Questions.UpperBound:+0.00;-0.00}."));
        Assert.Equal(4, page.Descendants("p").Count(paragraph => paragraph.Attribute("class")?.Value.StartsWith("verdict", StringComparison.Ordinal) == true));
        Assert.Equal(2, page.Descendants("svg").Count(svg => svg.Attribute("class")!.Value == "chart"));
        Assert.Equal(48 - Report.Questions!.Overall.Ties, page.Descendants("svg").First(svg => svg.Attribute("class")!.Value == "chart").Elements("rect").Count());
        Assert.Equal(page.Descendants("figure").Select(figure => (figure.Element("img")?.Attribute("alt") ?? figure.Element("svg")!.Attribute("aria-label"))!.Value), page.Descendants("figcaption").Select(caption => caption.Value));
    }

    [Fact]
    public void Replies_and_verdicts_are_text_behind_their_scores_and_each_question_folds()
    {
        XElement[] samples = [.. Page(Report).Descendants("details").Skip(1)];
        string shown = SampleReport.Hostile.Replace('\u0001', '\uFFFD').Replace('\uD800', '\uFFFD');

        Assert.Equal(22, samples.Length); // 19 of both, one of A, one of B, the hostile one
        Assert.All(samples, sample => Assert.Null(sample.Attribute("open")));
        Assert.Matches("^0: A [0-9.]+, B not asked$", samples[0].Element("summary")!.Value);
        Assert.StartsWith($"{shown}: A not asked, B ", samples[^2].Element("summary")!.Value, StringComparison.Ordinal);
        Assert.Equal("hostile: A 3.00, B missing", samples[^1].Element("summary")!.Value);
        Assert.Equal([shown, shown, shown], samples[^1].Elements("div").Select(said => said.Value));
        Assert.Contains(samples[^1].Elements("p"), paragraph => paragraph.Value == $"No reply: {shown}");
        Assert.Equal(["q", "r", new string('x', 11), "", "", new string('x', 11), "", ""], samples[1].Elements("div").Select(said => said.Value));
    }

    [Fact]
    public void Verdicts_are_green_where_B_is_better_red_where_it_is_worse_and_grey_where_nobody_knows()
    {
        ComparisonReport With(double difference, double margin)
        {
            ModelComparison comparison = new(Enumerable.Range(0, 40).Select(i => new PairedScore($"{i}", 5, 5 + difference + (i % 2 == 0 ? 0.5 : -0.5))));
            return new() { NameA = "x", NameB = "y", Scoring = "", Questions = comparison, ShortTasks = new ShortTaskGuard(comparison, margin) };
        }

        string[] Tones(ComparisonReport report) => [.. Page(report).Descendants("p").Select(paragraph => paragraph.Attribute("class")?.Value).OfType<string>()];

        Assert.Equal(["verdict good", "verdict good"], Tones(With(1, 0.5)));
        Assert.Equal(["verdict bad", "verdict bad"], Tones(With(-1, 0.5)));
        Assert.Equal(["verdict", "verdict"], Tones(With(0, 0.01)));
    }

    [Fact]
    public void A_cell_says_how_many_of_its_needles_have_a_score()
    {
        NeedleMap Map(params double?[] scores) => new(scores.Select((score, trial) => new NeedleResult { Prompt = new NeedlePrompt { Length = 1_000, Depth = 0, Trial = trial, Needle = Needle.Draw(0, $"1000/0/{trial}"), Text = "", TokenCount = 1_000, ActualDepth = 0 }, Reply = score is null ? null : "", Score = score, MissingReason = score is null ? "timed out" : null }));

        XElement[] cells = [.. Page(new ComparisonReport { NameA = "x", NameB = "y", Scoring = "", Needles = new NeedleComparison(Map(1, 0, null), Map(1, 1, 1)) }).Descendants("table")
            .Where(table => table.Attribute("class")?.Value == "map").SelectMany(map => map.Descendants("td"))];
        Assert.Equal(["50 (2 of 3)", "100", "+50"], cells.Select(cell => cell.Value));
        Assert.Equal(["#7fcdbb", "#2c7fb8", "#b8d4ea"], cells.Select(cell => cell.Attribute("style")!.Value["background: ".Length..]));
    }

    [Fact]
    public void The_data_has_the_numbers_in_full_and_names_what_is_missing()
    {
        using JsonDocument json = JsonDocument.Parse(Report.ToJson());
        JsonElement overall = json.RootElement.GetProperty("questions").GetProperty("overall");
        Assert.Equal(Report.Questions!.Overall.Lower, overall.GetProperty("lower").GetDouble());
        Assert.Equal(Report.Questions.Overall.Outcome.ToString(), overall.GetProperty("outcome").GetString());
        Assert.Equal(50, json.RootElement.GetProperty("questions").GetProperty("scores").GetArrayLength());
        Assert.Equal(2, json.RootElement.GetProperty("questions").GetProperty("missing").GetArrayLength());
        Assert.Equal(55, json.RootElement.GetProperty("needles").GetProperty("cells").GetArrayLength());
        Assert.Equal("CannotTell", json.RootElement.GetProperty("shortTasks").GetProperty("outcome").GetString());
        Assert.Equal(9, json.RootElement.GetProperty("judge").GetProperty("calibration").GetProperty("items").GetArrayLength());
        Assert.Equal("judge", json.RootElement.GetProperty("facts")[0].GetProperty("name").GetString());
        Assert.Equal(3, json.RootElement.GetProperty("samples")[21].GetProperty("a").GetProperty("score").GetDouble());
        Assert.Equal(5, json.RootElement.GetProperty("perplexity").GetProperty("buckets").GetArrayLength());
    }

    [Fact]
    public void Three_files_are_written_the_same_in_every_culture()
    {
        using TemporaryFolder folder = new();
        Report.Write(folder.File("one"));
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("de-DE");
            SampleReport.Create().Write(folder.File("two"));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        foreach (string name in new[] { "report.html", "report.json", "report.md" })
        {
            byte[] bytes = File.ReadAllBytes(Path.Combine(folder.File("one"), name));
            Assert.Equal(bytes, File.ReadAllBytes(Path.Combine(folder.File("two"), name)));
            Assert.Contains((char)bytes[0], "<{#"); // UTF-8 without a mark, which readers of JSON refuse
        }
    }

    [Fact]
    public void A_report_of_questions_alone_is_a_report()
    {
        ComparisonReport report = new() { NameA = "x", NameB = "y", Scoring = "Exact match.", Questions = new ModelComparison([new PairedScore("1", 0, 1), new PairedScore("2", 0, 1)]) };
        Assert.Equal(["Questions", "How to read it"], Page(report).Descendants("h2").Select(heading => heading.Value));
        Assert.Contains("Cannot tell with n = 2", report.ToMarkdown(), StringComparison.Ordinal);
    }

    /// <summary>A border of a cell: a bar that nothing escapes.</summary>
    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Border();
}
