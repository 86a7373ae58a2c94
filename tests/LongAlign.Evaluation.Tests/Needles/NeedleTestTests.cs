using LongAlign.Data;
using LongAlign.Evaluation.Needles;
using LongAlign.Requests;

namespace LongAlign.Evaluation.Tests.Needles;

public sealed class NeedleTestTests
{
    private const string Letter = "The boats came in at dusk. \"Is there any news?\" she asked. Nobody knew! They waited by the wall, and the rain went on. ";
    private const string ChineseLetter = "船在黄昏时回来了。“有消息吗？”她问道。没有人知道！他们在墙边等着，雨一直下。";

    private static readonly ModelTokenizer Llama = ModelTokenizer.Load(Path.Combine(AppContext.BaseDirectory, "data", "tiny-llama"));
    private static readonly ModelTokenizer CodePoints = new(new CodePointTokenizer(), [1], endOfSequenceId: 2, vocabularySize: 1 << 21);

    public static TheoryData<string, NeedleLanguage> Cases => new()
    {
        { "llama", NeedleLanguage.English },
        { "llama", NeedleLanguage.Chinese },
        { "code points", NeedleLanguage.English },
        { "code points", NeedleLanguage.Chinese },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Prompts_fit_their_length_and_have_the_needle_once_at_a_sentence_s_end_near_the_depth(string name, NeedleLanguage language)
    {
        ModelTokenizer tokenizer = name == "llama" ? Llama : CodePoints;
        string letter = language == NeedleLanguage.English ? Letter : ChineseLetter;
        NeedleTest test = new(tokenizer, ChatTemplate.LongAlignLlama, new Haystack(letter));
        NeedleTestOptions options = new() { Lengths = [600, 1_500], Depths = [0, 25, 50, 90, 100], Trials = 2, Language = language, Seed = 4 };
        IReadOnlyList<NeedlePrompt> prompts = test.CreatePrompts(options);
        Assert.Equal(2 * 5 * 2, prompts.Count);
        foreach (NeedlePrompt prompt in prompts)
        {
            int tokens = ChatTemplate.LongAlignLlama.EncodePrompt(tokenizer, new ChatMessage("user", prompt.Text)).Length;
            Assert.Equal(tokens, prompt.TokenCount);
            Assert.InRange(tokens, prompt.Length - 12, prompt.Length);
            int at = prompt.Text.IndexOf(prompt.Needle.Text, StringComparison.Ordinal);
            Assert.Equal(at, prompt.Text.LastIndexOf(prompt.Needle.Text, StringComparison.Ordinal));
            Assert.Equal(prompt.Text.IndexOf(prompt.Needle.Answer, StringComparison.Ordinal), prompt.Text.LastIndexOf(prompt.Needle.Answer, StringComparison.Ordinal));
            Assert.InRange(prompt.ActualDepth, prompt.Depth - 12, prompt.Depth + 12);
            if (prompt.Depth is > 0 and < 100)
            {
                Assert.Contains(prompt.Text[..at].TrimEnd()[^1], ".!?\"。！？”");
            }
        }

        Assert.Equal(prompts.Count, prompts.Select(prompt => prompt.Needle.Answer).Distinct().Count());
        Assert.Equal(prompts.Select(prompt => prompt.Text), test.CreatePrompts(options).Select(prompt => prompt.Text));
        Assert.NotEqual(prompts[0].Text, test.CreatePrompts(options with { Seed = 5 })[0].Text);
    }

    [Fact]
    public void Options_without_a_place_for_a_needle_are_refused()
    {
        NeedleTest test = new(Llama, ChatTemplate.LongAlignLlama, new Haystack(Letter));
        NeedleTestOptions[] wrong = [Of([]), Of([600]), Of([600], 50, 101), Of([600], -1), Of([600], double.NaN)];
        Assert.All(wrong, options => Assert.Contains("depths from 0 to 100", Assert.Throws<ArgumentException>(() => test.CreatePrompts(options)).Message, StringComparison.Ordinal));
        Assert.Throws<ArgumentOutOfRangeException>(() => test.CreatePrompts(Of([600], 50) with { Trials = 0 }));

        static NeedleTestOptions Of(int[] lengths, params double[] depths) => new() { Lengths = lengths, Depths = depths };
    }

    [Fact]
    public void A_haystack_that_has_an_answer_already_is_refused()
    {
        NeedleTestOptions options = new() { Lengths = [600], Depths = [50], Trials = 1, Seed = 4 };
        string answer = new NeedleTest(Llama, ChatTemplate.LongAlignLlama, new Haystack(Letter)).CreatePrompts(options)[0].Needle.Answer;
        NeedleTest test = new(Llama, ChatTemplate.LongAlignLlama, new Haystack($"{Letter} It was {answer}. "));
        Assert.Contains($"The haystack contains '{answer}'", Assert.Throws<InvalidDataException>(() => test.CreatePrompts(options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_length_without_room_is_an_error_and_no_loop()
    {
        NeedleTest test = new(Llama, ChatTemplate.LongAlignLlama, new Haystack(Letter));
        ArgumentException e = Assert.Throws<ArgumentException>(() => test.CreatePrompts(new NeedleTestOptions { Lengths = [40] }));
        Assert.Contains("40", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prompt_without_a_reply_is_missing_with_its_reason_and_visible_in_the_map()
    {
        NeedleTest test = new(Llama, ChatTemplate.LongAlignLlama, new Haystack(Letter));
        IReadOnlyList<NeedlePrompt> prompts = test.CreatePrompts(new NeedleTestOptions { Lengths = [300, 500], Depths = [0, 50], Trials = 2 });
        string failing = prompts.Single(prompt => prompt.Id == "500/50/1").Text;
        string[] failingToo = [.. prompts.Where(prompt => prompt.Length == 300 && prompt.Depth == 0).Select(prompt => prompt.Text)];
        using ScriptedClient client = new(text => text == failing || failingToo.Contains(text)
            ? throw new NotSupportedException("too long")
            : prompts.Single(prompt => prompt.Text == text) is { Length: 500 } prompt ? $"It is {prompt.Needle.Answer}." : "No idea.");
        using TemporaryFolder folder = new();
        NeedleMap map;
        using (RequestJournal journal = RequestJournal.Open(folder.File("journal.jsonl")))
        using (RequestRunner runner = new(client, journal))
        {
            map = await NeedleTest.RunAsync(prompts, runner, new SamplingOptions { Model = "scripted" });
        }

        Assert.Equal(3, map.Missing.Count());
        Assert.All(map.Missing, result => Assert.Contains("too long", result.MissingReason, StringComparison.Ordinal));
        Assert.Equal(new NeedleCell { Length = 300, Depth = 0, Trials = 2, Scored = 0 }, map.Find(300, 0));
        Assert.Equal(new NeedleCell { Length = 300, Depth = 50, Trials = 2, Scored = 2, Mean = 0 }, map.Find(300, 50));
        Assert.Equal(new NeedleCell { Length = 500, Depth = 50, Trials = 2, Scored = 1, Mean = 1 }, map.Find(500, 50));
        Assert.Equal(3.0 / 5, map.Mean);
        Assert.Equal(
            """
            | depth % | 300 | 500 |
            | ---: | ---: | ---: |
            | 0 | missing | 100 |
            | 50 | 0 | 100 (1 of 2) |

            """, map.ToString(), ignoreLineEndingDifferences: true);
        int calls = client.Calls;
        using (RequestJournal journal = RequestJournal.Open(folder.File("journal.jsonl")))
        using (RequestRunner runner = new(client, journal))
        {
            Assert.Equal(map.ToString(), (await NeedleTest.RunAsync(prompts, runner, new SamplingOptions { Model = "scripted" })).ToString());
        }

        Assert.Equal(calls, client.Calls);
    }

    [Fact]
    public void A_haystack_reads_files_in_the_order_of_their_names_and_an_empty_folder_is_named()
    {
        using TemporaryFolder folder = new();
        Assert.Contains(folder.FullName, Assert.Throws<InvalidDataException>(() => Haystack.FromFolder(folder)).Message, StringComparison.Ordinal);
        folder.Write("b.txt", "second");
        folder.Write("a.txt", "first ");
        folder.Write("c.md", "none");
        Assert.Equal("first second", Haystack.FromFolder(folder).Text);
    }
}
