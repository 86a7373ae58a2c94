namespace LongAlign.Data.Tests;

/// <summary>Rows with thoughts, as data sets of models that think have them.</summary>
public sealed class ThoughtRowsTests
{
    /// <summary>A prompt may end in the opening tag; the answer then has the closing one alone.</summary>
    [Fact]
    public void A_closing_tag_alone_is_as_both()
    {
        ChatConversation[] rows = Read("closing-think-only");
        string[] texts = [.. rows.Select(row => Text(ChatTemplate.Qwen3, row))];
        Assert.Equal(2, texts.Length);
        Assert.Equal(texts[0], texts[1]);
        Assert.Contains("<think>\n17 plus 5 is 22.\n</think>\n\n22", texts[0], StringComparison.Ordinal);
    }

    private static ChatConversation[] Read(string kind)
    {
        string? folder = SharedGolden.Find(Path.Combine("..", "cases", kind));
        Assert.SkipWhen(folder is null, $"There is no folder cases/{kind} beside the golden data.");
        return [.. ChatDataset.Load(Path.Combine(folder!, "data.jsonl"))];
    }

    private static string Text(ChatTemplate template, ChatConversation row) => string.Concat(template.Render(row).Select(segment => segment.Text));
}
