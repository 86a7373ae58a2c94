using CsCheck;
using LongAlign.Data.SelfInstruct;

namespace LongAlign.Data.Tests.SelfInstruct;

public class QuestionParserTests
{
    private static readonly string[] English =
    [
        "What did the envoy propose?", "Why did the senate refuse?", "How many ships sailed in 1803?", "Summarize the third chapter.", "Who wrote it?",
    ];

    private static readonly string[] Chinese = ["使者提出了什么？", "元老院为何拒绝？", "1803年有多少艘船出航？", "请总结第三章。", "作者是谁？"];

    private static readonly string[] Digits = ["1", "2", "3", "4", "5"];
    private static readonly string[] FullWidth = ["１", "２", "３", "４", "５"];
    private static readonly string[] Numerals = ["一", "二", "三", "四", "五"];
    private static readonly string[] Circled = ["①", "②", "③", "④", "⑤"];

    public static TheoryData<string, string> Formats
    {
        get
        {
            TheoryData<string, string> formats = [];
            foreach (string language in (string[])["en", "zh"])
            {
                foreach (string format in (string[])
                    [
                        "{n}: {q}", "{n}. {q}", "{n}) {q}", "({n}) {q}", "[{n}] {q}", "{n} - {q}", "{n}、{q}", "{n}：{q}", "{n}．{q}", "（{n}）{q}", "  {n}: {q}  ", "{n}:{q}",
                        "**{n}:** {q}", "**{n}.** {q}", "**{n}. {q}**", "*{n}.* {q}", "### {n}. {q}", "> {n}: {q}", "- {n}: {q}",
                        "Q{n}: {q}", "Q{n}. {q}", "Question {n}: {q}", "**Question {n}:** {q}", "### Question {n}\n{q}", "Question #{n}: {q}", "问题{n}：{q}", "第{n}题：{q}", "第{n}个问题：{q}",
                        "{n}: \"{q}\"", "{n}: “{q}”", "{n}. **{q}**", "{n}:\n{q}", "{n}:\n\n{q}",
                        "- {q}", "* {q}", "• {q}", "<q{n}>{q}</q{n}>", "<question>{q}</question>", "全{n}: {q}", "全{n}．{q}", "中{n}、{q}", "问题中{n}：{q}", "圈{n} {q}", "圈{n}{q}",
                    ])
                {
                    formats.Add(language, format);
                }
            }

            return formats;
        }
    }

    /// <summary>Five, two and two: the plans within the thoughts are none.</summary>
    [Fact]
    public void Only_what_stands_behind_thoughts_counts()
    {
        string? folder = SharedGolden.Find(Path.Combine("..", "cases", "questions-behind-think"));
        Assert.SkipWhen(folder is null, "There is no folder cases/questions-behind-think beside the golden data.");
        Assert.Equal(
            ["Who founded the harbour?", "Which tax was raised in 1780?", "How long did the storm last?", "Why did the mayor resign?", "What was rebuilt first?"],
            Parse("reply1.txt"));
        Assert.Equal(["Who founded the harbour?", "Which tax was raised?"], Parse("reply2.txt"));
        Assert.Equal(["Who founded the harbour?", "Which tax was raised?"], Parse("reply3.txt"));

        IReadOnlyList<string> Parse(string file) => QuestionParser.Parse(File.ReadAllText(Path.Combine(folder!, file)));
    }

    [Theory]
    [InlineData("1: A plan?\n2: Another?\n</think>\n1: Who wrote it?", "Who wrote it?")]
    [InlineData("<think>1: A plan?\n2: Another?", null)]
    [InlineData("Sure.\n<think>\n1: A plan?\n</think>\n1: Who wrote it?", "Who wrote it?")]
    [InlineData("<think>1: One?</think>\n<think>1: Two?</think>\n- Who wrote it?", "Who wrote it?")]
    [InlineData("[\"A plan?\"]</think>[\"Who wrote it?\"]", "Who wrote it?")]
    public void Plans_within_thoughts_are_no_questions(string reply, string? question)
        => Assert.Equal(question is null ? [] : [question], QuestionParser.Parse(reply));

    [Theory]
    [MemberData(nameof(Formats))]
    public void Five_questions_are_found_in_each_format(string language, string format)
    {
        string[] questions = language == "en" ? English : Chinese;
        (string preamble, string epilogue) = language == "en"
            ? ("Sure! Here are 5 questions about the document:", "Let me know if you want 5 more: I am happy to help.")
            : ("好的，以下是关于文档的5个问题：", "希望这些问题对您有帮助！");
        string body = string.Join('\n', questions.Select((question, i) => Line(format, i, question)));
        string spaced = string.Join("\n\n", questions.Select((question, i) => Line(format, i, question)));
        foreach (string reply in (string[])
            [
                body, body + "\n", body.Replace("\n", "\r\n", StringComparison.Ordinal), spaced, $"{preamble}\n{body}", $"{preamble}\n\n{spaced}\n\n{epilogue}", $"```\n{body}\n```",
                $"<think>\n1: maybe this?\n2: or that?\n</think>\n\n{body}",
            ])
        {
            Assert.Equal(questions, QuestionParser.Parse(reply));
        }
    }

    [Theory]
    [InlineData("""["What did the envoy propose?", "Why did the senate refuse?"]""")]
    [InlineData("""Here you are: {"questions": ["What did the envoy propose?", "Why did the senate refuse?"]} Enjoy!""")]
    [InlineData("```json\n[{\"id\": 1, \"question\": \"What did the envoy propose?\", \"type\": \"fact\"}, {\"id\": 2, \"question\": \"Why did the senate refuse?\", \"type\": \"fact\"},]\n```")]
    [InlineData("""{"question1": "What did the envoy propose?", "question2": "Why did the senate refuse?"}""")]
    [InlineData("1: What did the envoy propose? 2: Why did the senate refuse?")]
    [InlineData("Here they are. 1) What did the envoy propose? 2) Why did the senate refuse?")]
    [InlineData("5. questions come here.\n1: What did the envoy propose?\n2: Why did the senate refuse?")]
    [InlineData("1. What did the envoy propose?\n1. Why did the senate refuse?")]
    [InlineData("What did the envoy propose?\nWhy did the senate refuse?")]
    [InlineData("Question: What did the envoy propose?\nQuestion: Why did the senate refuse?")]
    [InlineData("1: What did the envoy propose?\n2: Why did the senate refuse?\nI hope that helps!")]
    [InlineData("1: What did the envoy propose?\n2: Why did the senate refuse?\n\n11: 12")]
    public void Other_forms_give_two(string reply) => Assert.Equal(English[..2], QuestionParser.Parse(reply));

    [Fact]
    public void A_question_may_have_several_lines_and_numbers_of_its_own()
    {
        const string reply = "1: Compare the two plans.\n1. the envoy's\n2. the senate's\nWhich is cheaper?\n2: In Chapter 1: \"Loomings\", who speaks?\n3: By 11: 30, who came?";
        Assert.Equal(
            ["Compare the two plans.\n1. the envoy's\n2. the senate's\nWhich is cheaper?", "In Chapter 1: \"Loomings\", who speaks?", "By 11: 30, who came?"],
            QuestionParser.Parse(reply));
    }

    [Theory]
    [InlineData("")]
    [InlineData("I'm sorry, I can't help with that.")]
    [InlineData("1:\n2:\n3:")]
    [InlineData("[]")]
    [InlineData("{\"questions\": []}")]
    public void Nothing_is_made_up(string reply) => Assert.Empty(QuestionParser.Parse(reply));

    [Fact]
    public void Any_text_is_read_without_an_error()
        => Gen.String[Gen.OneOf(Gen.Char["\n\r1234567890:.)( -*#>QqＱ１一①问题第[]{}\"'，。？? ab"], Gen.Char), 0, 60].Sample(
            text => QuestionParser.Parse(text).All(question => question.Length > 0), iter: 20_000, threads: 1);

    private static string Line(string format, int i, string question)
        => format.Replace("全{n}", FullWidth[i], StringComparison.Ordinal).Replace("中{n}", Numerals[i], StringComparison.Ordinal)
            .Replace("圈{n}", Circled[i], StringComparison.Ordinal).Replace("{n}", Digits[i], StringComparison.Ordinal).Replace("{q}", question, StringComparison.Ordinal);
}
