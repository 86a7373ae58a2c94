using LongAlign.Data;
using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Needles;
using LongAlign.Requests;

namespace LongAlign.Evaluation.Tests.Needles;

public sealed class MultiNeedleTests
{
    private static readonly ModelTokenizer Llama = ModelTokenizer.Load(Path.Combine(AppContext.BaseDirectory, "data", "tiny-llama"));

    private static IReadOnlyList<NeedlePrompt> Prompts(int needles, NeedleLanguage language = NeedleLanguage.English) => new NeedleTest(
        Llama,
        ChatTemplate.LongAlignLlama,
        new Haystack(language == NeedleLanguage.English ? "The boats came in at dusk. Nobody knew! They waited, and the rain went on. " : "船在黄昏时回来了。没有人知道！他们等着，雨一直下。"))
        .CreatePrompts(new NeedleTestOptions { Lengths = [900, 2_000], Depths = [0, 40, 100], Trials = 2, NeedlesPerPrompt = needles, Language = language, Seed = 8 });

    [Theory]
    [InlineData(2, NeedleLanguage.English)]
    [InlineData(4, NeedleLanguage.English)]
    [InlineData(3, NeedleLanguage.Chinese)]
    public void Each_needle_is_there_once_in_order_at_depths_spread_from_the_cell_s_to_the_end_and_asked_for(int count, NeedleLanguage language)
    {
        foreach (NeedlePrompt prompt in Prompts(count, language))
        {
            Needle[] needles = [.. prompt.Needles];
            Assert.Equal(count, needles.Length);
            Assert.Equal(count, needles.Select(needle => needle.Question).Distinct().Count());
            int[] places = [.. needles.Select(needle => prompt.Text.IndexOf(needle.Text, StringComparison.Ordinal))];
            Assert.DoesNotContain(-1, places);
            Assert.Equal(places.Order(), places);
            Assert.Equal(places, needles.Select(needle => prompt.Text.LastIndexOf(needle.Text, StringComparison.Ordinal)));
            Assert.Equal(prompt.TokenCount, ChatTemplate.LongAlignLlama.EncodePrompt(Llama, new ChatMessage("user", prompt.Text)).Length);
            Assert.InRange(prompt.TokenCount, prompt.Length - 25, prompt.Length);
            for (int i = 1; i < count; i++)
            {
                PlacedNeedle other = prompt.Others[i - 1];
                Assert.Equal(prompt.Depth + (i * (100 - prompt.Depth) / count), other.Depth, 9);
                Assert.InRange(other.ActualDepth, other.Depth - 8, other.Depth + 8);
            }

            Assert.All(needles.Index(), needle => Assert.Contains($"{needle.Index + 1}. {needle.Item.Question}", prompt.Text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void One_needle_is_asked_for_as_before_and_the_score_of_several_is_the_share_found()
    {
        NeedlePrompt one = Prompts(1)[0];
        Assert.Empty(one.Others);
        Assert.EndsWith($"Answer from the text above: {one.Needle.Question}", one.Text, StringComparison.Ordinal);
        NeedlePrompt four = Prompts(4)[0];
        string[] answers = [.. four.Needles.Select(needle => needle.Answer)];
        Assert.Equal(0, four.Score("none"));
        Assert.Equal(0.25, four.Score(answers[2]));
        Assert.Equal(0.75, four.Score($"{answers[3]}, {answers[0]} and {answers[1]}"));
        Assert.Equal(1, four.Score(string.Join(", ", answers)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Prompts(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Prompts(13));
    }

    [Fact]
    public async Task A_judge_scores_replies_beside_the_exact_match_and_what_it_leaves_out_is_missing()
    {
        using TemporaryFolder folder = new();
        NeedlePrompt[] prompts = [.. Prompts(2).Where(prompt => prompt.Length == 900 && prompt.Trial == 0)];
        NeedleMap map = new(prompts.Select((prompt, i) => i == 2
            ? new NeedleResult { Prompt = prompt, MissingReason = "HTTP 400" }
            : new NeedleResult { Prompt = prompt, Reply = $"reply {i}", Score = prompt.Score("none") }));
        List<string> asked = [];
        using ScriptedClient client = new(text =>
        {
            lock (asked)
            {
                asked.Add(text);
            }

            return text.Contains("reply 1", StringComparison.Ordinal) ? "no idea" : "[[7]] or [[9]]";
        });
        using RequestJournal journal = RequestJournal.Open(folder.File("j"));
        using RequestRunner runner = new(client, journal, new RequestRunnerOptions { MaxConcurrency = 1 });
        JudgeOptions options = JudgeOptions.ForNeedles(new SamplingOptions { Model = "scripted" }) with { Reading = VerdictReading.FirstWholeNumber, Attempts = 1 };
        Assert.Equal(2, NeedleJudge.DryRun(map, runner, options).Requests);
        NeedleMap judged = await NeedleJudge.JudgeAsync(map, runner, options);
        Assert.Equal([7.0, null, null], judged.Results.Select(result => result.JudgeScore));
        Assert.Equal(VerdictProblem.NoBrackets, judged.Results[1].Verdicts[0].Problem);
        Assert.Empty(judged.Results[2].Verdicts);
        Assert.Equal(7, judged.JudgeMean);
        Assert.Null((map.Results[0] with { Verdicts = [new Verdict("[[85]]", 85, VerdictProblem.OutOfRange)] }).JudgeScore);
        Assert.Equal(0, judged.Mean);
        NeedleCell first = judged.Find(900, 0)!;
        Assert.Equal((1, 7.0, 1, 0.0), (first.Judged, first.JudgeMean!.Value, first.Scored, first.Mean!.Value));
        Assert.Equal(0, judged.Find(900, 40)!.Judged);
        string question = asked.Single(text => text.Contains("reply 0", StringComparison.Ordinal));
        Assert.All(prompts[0].Needles, needle => Assert.Contains(needle.Text, question, StringComparison.Ordinal));
        Assert.Contains(prompts[0].Question, question, StringComparison.Ordinal);
        Assert.DoesNotContain("dusk", question, StringComparison.Ordinal); // not the document
    }
}
