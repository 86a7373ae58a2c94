using LongAlign.Data;
using LongAlign.Evaluation.Runs;

namespace LongAlign.Evaluation.Tests.Runs;

/// <summary>A run says whether it asks a model as it was trained.</summary>
public sealed class TemplateCheckTests
{
    private static readonly ModelTokenizer Tokenizer = ModelTokenizer.Load(Path.Combine(AppContext.BaseDirectory, "data", "tiny-llama"));

    public static TheoryData<string> Names => [.. ChatTemplate.BuiltIn.Where(HasPlace).Select(template => template.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_template_saved_with_the_model_is_its_own_and_every_other_one_is_not(string name)
    {
        using TemporaryFolder folder = new();
        ChatTemplate learnt = ChatTemplate.FromName(name);
        learnt.Save(folder, Tokenizer);
        foreach (ChatTemplate asked in ChatTemplate.BuiltIn.Where(HasPlace))
        {
            bool isSame = Ids(asked).SequenceEqual(Ids(learnt)); // two names of one thing
            TemplateCheck check = TemplateCheck.Of(asked, Tokenizer, folder, "Who?", "你好吗");
            Assert.Equal((asked.Name, isSame ? TemplateMatch.Same : TemplateMatch.Other), (asked.Name, check.Match));
            Assert.StartsWith(asked.Name, check.Text, StringComparison.Ordinal);
            Assert.Equal(!isSame, check.Text.Contains("NOT the model's own", StringComparison.Ordinal));
        }

        Assert.Equal(TemplateMatch.Same, TemplateCheck.Of(ChatTemplate.Load(folder), Tokenizer, folder).Match);
    }

    [Fact]
    public void A_difference_that_one_prompt_alone_shows_is_found()
    {
        using TemporaryFolder folder = new();
        folder.Write("chat_template.jinja", "{% for m in messages %}{{ m.content }}{% if '/no_think' in m.content %}!{% endif %}{% endfor %}");
        ChatTemplate plain = ChatTemplate.FromJinja("{% for m in messages %}{{ m.content }}{% endfor %}");
        Assert.Equal(TemplateMatch.Same, TemplateCheck.Of(plain, Tokenizer, folder, "Who?").Match);
        Assert.Equal(TemplateMatch.Other, TemplateCheck.Of(plain, Tokenizer, folder, "Who?", "Who? /no_think").Match);
    }

    [Fact]
    public void What_can_not_be_known_is_not_claimed()
    {
        using TemporaryFolder folder = new();
        TemplateCheck check = TemplateCheck.Of(ChatTemplate.LongAlignLlama, Tokenizer, folder);
        Assert.Equal(TemplateMatch.Unknown, check.Match);
        Assert.DoesNotContain(folder.FullName, check.Text, StringComparison.Ordinal);
        Assert.Equal(TemplateMatch.Unknown, TemplateCheck.OfEndpoint().Match);
        Assert.Equal(check.Text, EvaluationManifest.Create().WithTemplate(check).Entries["template"]);
    }

    /// <summary>A template whose markers the tokenizer has no tokens for can still be rendered; one whose end it has not can't be saved.</summary>
    private static bool HasPlace(ChatTemplate template) => template.GetStopTokenIds(Tokenizer).Count > 0;

    private static int[] Ids(ChatTemplate template) => [.. template.EncodePrompt(Tokenizer, new ChatMessage("user", "Who?")), .. template.GetStopTokenIds(Tokenizer).Take(1)];
}
