using System.Globalization;
using System.Text.Json;
using LongAlign.Training;

namespace LongAlign.Core.Tests.Training;

public sealed class JsonLinesProgressTests
{
    [Fact]
    public void A_line_has_all_that_was_reported_in_every_culture()
    {
        using TemporaryFolder folder = new();
        CultureInfo culture = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("de-DE");
            JsonLinesProgress sink = new(folder.File("sub/run.jsonl"));
            sink.Report(Reports.Evaluation(0));
            sink.Report(Reports.Step(1, double.NaN));
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }

        string[] lines = File.ReadAllText(folder.File("sub/run.jsonl")).Split('\n');
        Assert.Equal(
            """{"kind":"evaluation","step":0,"loss":2.5,"sequenceLoss":2.5,"tokenLoss":3,"sequences":3,"targetTokens":900,"buckets":[{"maxTokens":4096,"name":"4k","sequences":2,"targetTokens":400,"sequenceLoss":3.5,"tokenLoss":3.75},{"maxTokens":null,"name":"beyond","sequences":1,"targetTokens":500,"sequenceLoss":1.5,"tokenLoss":1.75}],"duration":4}""",
            lines[0]);
        Assert.Equal(
            """{"kind":"step","step":1,"totalSteps":100,"epoch":1,"loss":"NaN","sequenceLoss":"NaN","tokenLoss":"NaN","learningRate":2E-05,"gradientNorm":0.5,"isSkipped":true,"skippedSteps":0,"tokens":3000,"targetTokens":1000,"stepTime":1.5,"idleShare":0.125,"communicationTime":0.25,"tokensPerSecond":1500,"stepTokensPerSecond":2000,"paddingShare":0.25,"elapsed":90.5,"remaining":108000,"peakMemoryBytes":2500000000,"metrics":{}}""",
            lines[1]);
        Assert.Equal(("", 3), (lines[2], lines.Length));
    }

    [Fact]
    public void Every_line_is_in_the_file_as_soon_as_it_was_reported()
    {
        using TemporaryFolder folder = new();
        JsonLinesProgress sink = new(folder.File("run.jsonl"));
        for (int step = 1; step <= 3; step++)
        {
            sink.Report(Reports.Step(step));
            Assert.Equal(step, File.ReadAllLines(folder.File("run.jsonl")).Length);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_run_that_goes_on_leaves_no_step_twice_and_none_out(bool wasKilledInALine)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("run.jsonl");
        JsonLinesProgress before = new(path);
        before.Report(Reports.Evaluation(0));
        for (int step = 1; step <= 5; step++)
        {
            before.Report(Reports.Step(step));
            if (step == 3)
            {
                before.Report(Reports.Evaluation(3));
            }
        }

        if (wasKilledInALine)
        {
            File.AppendAllText(path, "{\"kind\":\"step\",\"step\":6,\"los");
        }

        JsonLinesProgress after = new(path); // goes on from a checkpoint of step 3
        after.Report(Reports.Evaluation(3, 9));
        after.Report(Reports.Step(4, 9));
        Assert.Equal(["evaluation 0 2.5", "step 1 1.25", "step 2 1.25", "step 3 1.25", "evaluation 3 9", "step 4 9"], Read(path));

        JsonLinesProgress withoutEvaluation = new(path); // from one of step 4
        withoutEvaluation.Report(Reports.Step(5, 8));
        Assert.Equal(["step 4 9", "step 5 8"], Read(path)[^2..]);
        Assert.Equal(["run.jsonl"], Directory.GetFiles(folder).Select(Path.GetFileName));
    }

    [Fact]
    public void A_run_that_begins_anew_sets_the_file_of_another_aside()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("run.jsonl");
        foreach (double loss in new[] { 1, 2, 3 })
        {
            JsonLinesProgress sink = new(path);
            sink.Report(Reports.Step(1, loss));
            sink.Report(Reports.Step(2, loss));
        }

        Assert.Equal(["step 1 3", "step 2 3"], Read(path));
        Assert.Equal(["step 1 1", "step 2 1"], Read(path + ".1"));
        Assert.Equal(["step 1 2", "step 2 2"], Read(path + ".2"));
    }

    [Fact]
    public void A_file_of_something_else_is_named_with_its_line_and_left_alone()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("run.jsonl", "{\"kind\":\"step\",\"step\":1}\n{\"kind\":\"letter\",\"step\":2}\n{\"kind\":\"step\",\"step\":3}\n");
        string text = File.ReadAllText(path);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => new JsonLinesProgress(path).Report(Reports.Step(4)));
        Assert.Contains($"{path}, line 2: expected", error.Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(path));
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_an_error_at_once()
    {
        using TemporaryFolder folder = new();
        Assert.ThrowsAny<Exception>(() => new JsonLinesProgress(folder.FullName));
        folder.Write("file", "");
        Assert.ThrowsAny<IOException>(() => new JsonLinesProgress(folder.File("file/run.jsonl")));
    }

    private static string[] Read(string path) =>
    [
        .. File.ReadAllLines(path).Select(line =>
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            return $"{root.GetProperty("kind").GetString()} {root.GetProperty("step").GetInt32()} {root.GetProperty("loss").GetRawText()}";
        }),
    ];
}
