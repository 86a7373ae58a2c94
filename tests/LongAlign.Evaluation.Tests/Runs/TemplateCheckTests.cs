using LongAlign.Data;
using LongAlign.Evaluation.Runs;

namespace LongAlign.Evaluation.Tests.Runs;

/// <summary>A run says whether it asks a model as it was trained.</summary>
public sealed class TemplateCheckTests
{
    private static readonly ModelTokenizer Tokenizer = ModelTokenizer.Load(Path.Combine(AppContext.BaseDirectory, "data", "tiny-llama"));

    /// <summary>Templates with one beginning and one end, so that each is told from the others by its markers alone.</summary>
    private static readonly (string Name, string Text)[] Templates =
    [
        ("inst", "<s>{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]{% else %}{{ m.content }}</s>{% endif %}{% endfor %}"),
        ("trimmed", "<s>{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content | trim }} [/INST]{% else %}{{ m.content }}</s>{% endif %}{% endfor %}"),
        ("no space", "<s>{% for m in messages %}{% if m.role == 'user' %}[INST]{{ m.content }}[/INST]{% else %}{{ m.content }}</s>{% endif %}{% endfor %}"),
    ];

    [Fact]
    public void A_model_s_own_template_is_told_from_others_by_the_ids_of_prompts()
    {
        foreach ((string name, string text) in Templates)
        {
            using TemporaryFolder folder = new();
            folder.Write("chat_template.jinja", text);
            foreach ((string other, string asked) in Templates)
            {
                TemplateCheck check = TemplateCheck.Of(ChatTemplate.FromJinja(asked, name: other), Tokenizer, folder, "Who? ");
                Assert.Equal((name, other, name == other ? TemplateMatch.Same : TemplateMatch.Other), (name, other, check.Match));
                Assert.StartsWith(other, check.Text, StringComparison.Ordinal);
                Assert.Equal(name != other, check.Text.Contains("NOT the model's own", StringComparison.Ordinal));
            }

            Assert.Equal(TemplateMatch.Same, TemplateCheck.Of(ChatTemplate.Load(folder), Tokenizer, folder).Match);

            // Llama 2's template makes the same prompts as one of these.
            Assert.Equal(name == "trimmed" ? TemplateMatch.Same : TemplateMatch.Other, TemplateCheck.Of(ChatTemplate.Llama2, Tokenizer, folder, "Who? ", "Sure? ").Match);
        }
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
}
