using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LongAlign.Evaluation.Judging;
using LongAlign.Requests;

namespace LongAlign.Evaluation.Tests.Judging;

/// <summary>The rest of the reference's judging: repeated questions, sums, prompts of all 50 example sets.</summary>
public sealed class JudgeGoldenTests
{
    private static readonly JsonElement Golden = LongAlign.Testing.Golden.ReadJson("judge", "cases.json");
    private static readonly string? ReferenceData = Environment.GetEnvironmentVariable("LONGALIGN_REFERENCE_DATA");
    private static readonly SamplingOptions Sampling = new() { Model = "scripted", Temperature = 0 };
    private static readonly JudgeOptions Once = new() { Sampling = Sampling, Repeats = 1, Attempts = 5 };

    [Fact]
    public void Every_part_of_the_golden_file_is_compared_somewhere()
        => Assert.Equal(
            ["table", "retry_sequences", "totals", "prompt", "middle_truncation", "prediction_line"],
            Golden.EnumerateObject().Select(part => part.Name));

    /// <summary>A judge that is not there counts as one question in the reference; here the runner asks again, as often.</summary>
    [Fact]
    public async Task A_verdict_is_asked_for_as_often_as_by_the_reference()
    {
        JsonElement[] sequences = [.. Golden.GetProperty("retry_sequences").EnumerateArray()];
        Assert.True(sequences.Length >= 6);
        foreach (JsonElement sequence in sequences)
        {
            string?[] outputs = [.. sequence.GetProperty("judge_outputs_in_order").EnumerateArray().Select(output => output.GetString())];
            int call = 0;
            using ScriptedClient judge = new(_ => outputs[Math.Min(call++, outputs.Length - 1)] ?? throw new HttpRequestException("not there"));
            ChatScores scores = await JudgeAsync(judge, 1);
            string expected = sequence.GetProperty("score_text").GetString()!;
            Assert.Equal(expected == "none" ? null : double.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), scores.Cases[0].Score);
            Assert.Equal(sequence.GetProperty("queries").GetInt32(), judge.Calls);
        }
    }

    /// <summary>One case without a score voids the reference's total; here the others keep their mean.</summary>
    [Fact]
    public async Task Sums_are_the_reference_s()
    {
        foreach (JsonElement total in Golden.GetProperty("totals").EnumerateArray())
        {
            string[] outputs = [.. total.GetProperty("judge_outputs").EnumerateArray().Select(output => output.GetString()!)];
            using ScriptedClient judge = new(text => outputs[text[text.IndexOf("case ", StringComparison.Ordinal) + 5] - '0']);
            ChatScores scores = await JudgeAsync(judge, outputs.Length);
            Assert.Equal(total.GetProperty("total_score") is { ValueKind: JsonValueKind.Number } sum ? sum.GetDouble() : null, scores.Sum);
            string[] texts = [.. total.GetProperty("score_texts").EnumerateArray().Select(text => text.GetString()!)];
            Assert.Equal(texts, scores.Cases.Select(score => score.Score?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"));
            Assert.NotNull(scores.Mean);
        }
    }

    /// <summary>The hash is that of what Python's <c>format</c> makes of the same texts.</summary>
    [Fact]
    public void Prompts_of_all_50_example_sets_are_the_reference_s_byte_for_byte()
    {
        Assert.SkipWhen(ReferenceData is null, "LONGALIGN_REFERENCE_DATA names no folder with the reference's prompt_fs.txt and few_shots.json.");
        JudgeOptions options = JudgeOptions.Reference(Sampling, Path.Combine(ReferenceData!, "prompt_fs.txt"));
        StringBuilder prompts = new();
        foreach ((int i, IReadOnlyList<ScoredAnswer> examples) in JudgeCases.LoadExamples(Path.Combine(ReferenceData!, "few_shots.json")).Index())
        {
            JudgeCase @case = new() { Id = $"{i + 1}", Prompt = "", Query = $"Question {i + 1} {{}}?", Answer = $"Reference {i + 1}", Language = "en", Examples = examples };
            prompts.Append(Assert.Single(LongBenchChat.RequestOf(new CaseAnswer { Case = @case, Text = $" Answer {i + 1}\nin {{0}} lines. \n" }, 0, options).Messages).Text);
        }

        Assert.Equal("c1e6952ae0b8eb6d67a1adc43bee2f958913be970b434449d9b8ddc3914d5a3e", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(prompts.ToString()))));
        Assert.Equal((1, 5), (options.Repeats, options.Attempts));
    }

    private static async Task<ChatScores> JudgeAsync(ScriptedClient judge, int cases)
    {
        using TemporaryFolder folder = new();
        using RequestJournal journal = RequestJournal.Open(folder.File("j"));
        using RequestRunner runner = new(judge, journal, new RequestRunnerOptions { MaxAttempts = 5, FirstDelay = TimeSpan.FromMilliseconds(1) });
        CaseAnswer[] answers = [.. Enumerable.Range(0, cases).Select(i => new CaseAnswer { Case = new JudgeCase { Id = $"{i}", Prompt = "p", Query = "q", Answer = "a", Language = "en", Examples = [] }, Text = $"case {i}" })];
        try
        {
            return await LongBenchChat.JudgeAsync(answers, runner, Once);
        }
        catch (RequestRunException e) when (e.Message.StartsWith("Not one", StringComparison.Ordinal))
        {
            return new ChatScores([.. answers.Select(answer => new CaseScore(answer, []))], 1, 10);
        }
    }
}
