using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LongAlign.Evaluation.Judging;
using LongAlign.Requests;

namespace LongAlign.Evaluation.Tests.Judging;

public sealed class JudgePromptTests
{
    private static readonly ScoredAnswer[] Examples = [new("Blue {}.", 3), new("Green.", 9.5)];
    private static readonly JudgeCase Case = new() { Id = "7", Prompt = "document and question", Query = "Which {colour}?", Answer = "Green {0}.", Language = "en", Examples = Examples };

    /// <summary>The authors' file is not part of this repository.</summary>
    private static readonly string? ReferenceData = Environment.GetEnvironmentVariable("LONGALIGN_REFERENCE_DATA");

    [Fact]
    public void The_authors_prompt_is_filled_byte_for_byte()
    {
        Assert.SkipWhen(ReferenceData is null, "LONGALIGN_REFERENCE_DATA names no folder with the reference's prompt_fs.txt.");
        JsonElement golden = Golden.ReadJson("judge", "cases.json").GetProperty("prompt");
        ScoredAnswer[] examples = [.. golden.GetProperty("few_shots").EnumerateArray().Select(shot => new ScoredAnswer(shot[0].GetString()!, shot[1].GetDouble()))];
        JudgeCase @case = new() { Id = "1", Prompt = "", Query = golden.GetProperty("question").GetString()!, Answer = golden.GetProperty("reference_answer").GetString()!, Language = "en", Examples = examples };
        string prompt = JudgePrompt.FromFile(Path.Combine(ReferenceData!, "prompt_fs.txt")).Create(@case, golden.GetProperty("prediction").GetString()!, examples);
        Assert.Equal(golden.GetProperty("prompt_chars").GetInt32(), prompt.Length);
        Assert.Equal(golden.GetProperty("prompt_sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(prompt))));
    }

    [Fact]
    public void The_reference_s_scored_answers_are_read()
    {
        Assert.SkipWhen(ReferenceData is null, "LONGALIGN_REFERENCE_DATA names no folder with the reference's few_shots.json.");
        IReadOnlyList<IReadOnlyList<ScoredAnswer>> examples = JudgeCases.LoadExamples(Path.Combine(ReferenceData!, "few_shots.json"));
        Assert.Equal(50, examples.Count);
        Assert.All(examples, answers => Assert.Equal(3, answers.Count));
        Assert.Equal(48, examples.SelectMany(answers => answers).Count(answer => answer.Score == 10));
    }

    [Fact]
    public void The_reference_judges_once_in_the_file_s_order_and_on_one_line()
    {
        using TemporaryFolder folder = new();
        SamplingOptions sampling = new() { Model = "gpt-4", Temperature = 0 };
        JudgeOptions options = JudgeOptions.Reference(sampling, folder.Write("prompt_fs.txt", "Q {} R {} E {}={} F {}={} A {} end"));
        Assert.Equal((1, false, true, 5), (options.Repeats, options.ShuffleExamples, options.FlattenNewlines, options.Attempts));
        Assert.Same(sampling, options.Sampling);
        CaseAnswer answer = new() { Case = Case, Text = " It is\ngreen. ", FinishReason = "stop" };
        Assert.Equal("Q Which {colour}? R Green {0}. E Blue {}.=3 F Green.=9.5 A It is green. end", LongBenchChat.RequestOf(answer, 0, options).Messages[^1].Text);
    }

    [Fact]
    public void A_file_s_holes_are_filled_in_order_and_what_is_filled_in_has_none()
    {
        using TemporaryFolder folder = new();
        JudgePrompt prompt = JudgePrompt.FromFile(folder.Write("p.txt", "Q {} R {} E {}={} F {}={} A {} end"));
        Assert.Equal("Q Which {colour}? R Green {0}. E Blue {}.=3 F Green.=9.5 A Red {}! end", prompt.Create(Case, "Red {}!", Examples));
        Assert.Contains("Case 7 has 1", Assert.Throws<ArgumentException>(() => prompt.Create(Case, "Red", Examples[..1])).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => JudgePrompt.FromFile(folder.Write("p.txt", "Q {} R {}")));
    }

    [Fact]
    public void The_default_prompt_has_question_answers_and_scores_and_no_document()
    {
        string few = JudgePrompt.FewShot.Create(Case, "Red.", Examples);
        string zero = JudgePrompt.ZeroShot.Create(Case, "Red.", Examples, 1, 3);
        foreach (string part in (string[])["Which {colour}?", "Green {0}.", "Red.", "double square brackets"])
        {
            Assert.Contains(part, few, StringComparison.Ordinal);
            Assert.Contains(part, zero, StringComparison.Ordinal);
        }

        Assert.Contains("Blue {}.\n\nRating: [[3]]", few, StringComparison.Ordinal);
        Assert.Contains("Green.\n\nRating: [[9.5]]", few, StringComparison.Ordinal);
        Assert.DoesNotContain("Blue", zero, StringComparison.Ordinal);
        Assert.Contains("from 1 (worst) to 3 (best)", zero, StringComparison.Ordinal);
        Assert.DoesNotContain("document and question", few, StringComparison.Ordinal);
        Assert.EndsWith("Red.\n\nRating: ", few, StringComparison.Ordinal);
    }

    [Fact]
    public void Cases_are_read_with_their_examples_and_damage_is_named()
    {
        using TemporaryFolder folder = new();
        string examples = folder.Write("few.json", """[[{"answer": "a", "score": 4}], [{"answer": "b", "score": 9}]]""");
        string cases = folder.Write("cases.json", """
            [{"idx": 2, "prompt": "p2", "query": "谁？", "answer": "r2"}, {"idx": 1, "prompt": "p1", "query": "Who?", "answer": "r1", "language": "de"}]
            """);
        IReadOnlyList<JudgeCase> read = JudgeCases.Load(cases, examples);
        Assert.Equal(["2 zh b 9", "1 de a 4"], read.Select(c => $"{c.Id} {c.Language} {c.Examples[0].Answer} {c.Examples[0].Score}"));
        Assert.Empty(JudgeCases.Load(cases)[0].Examples);
        Damage("""[{"idx": 1, "prompt": "p", "answer": "r"}]""", "element 0: expected a text 'query'");
        Damage("""[{"idx": "1"}]""", "element 0: expected an object with a whole number 'idx'");
        Damage("""[{"idx": 3, "prompt": "p", "query": "q", "answer": "r"}]""", "idx 3 has no scored answers");
        Damage("""[{"idx": 1, "prompt": "p", "query": "q", "answer": "r"}, {"idx": 1, "prompt": "p", "query": "q", "answer": "r"}]""", "element 1: idx 1 is there twice");
        Damage("{}", "expected a list");
        Damage("[", "is not JSON");

        void Damage(string json, string expected)
            => Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => JudgeCases.Load(folder.Write("bad.json", json), examples)).Message, StringComparison.Ordinal);
    }
}
