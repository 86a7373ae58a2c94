using CsCheck;

namespace LongAlign.Requests.Tests;

public class SpokenTextTests
{
    [Theory]
    [InlineData("The answer.", "The answer.", null)]
    [InlineData("  spaces stay \n", "  spaces stay \n", null)]
    [InlineData("<think>Hm.</think>\n\nThe answer.", "The answer.", "Hm.")]
    [InlineData("<think>\n\n</think>\n\nThe answer.", "The answer.", "")]
    [InlineData("Hm.\n</think>\n\nThe answer.", "The answer.", "Hm.")]
    [InlineData("Hm.</THINK >The answer.", "The answer.", "Hm.")]
    [InlineData("<thinking>Hm.</thinking>The answer.", "The answer.", "Hm.")]
    [InlineData("<thought>Hm.</thought>The answer.", "The answer.", "Hm.")]
    [InlineData("<reasoning>\nHm.\n</reasoning>\nThe answer.", "The answer.", "Hm.")]
    [InlineData("<seed:think>Hm.</seed:think>The answer.", "The answer.", "Hm.")]
    [InlineData("[THINK]Hm.[/THINK]The answer.", "The answer.", "Hm.")]
    [InlineData("◁think▷Hm.◁/think▷The answer.", "The answer.", "Hm.")]
    [InlineData("<|begin_of_thought|>Hm.<|end_of_thought|>The answer.", "The answer.", "Hm.")]
    [InlineData("<|START_THINKING|>Hm.<|END_THINKING|>The answer.", "The answer.", "Hm.")]
    [InlineData("<think>One.</think>The <think>Two.</think>answer.", "The answer.", "One.\nTwo.")]
    [InlineData("<think>a tag <think> within</think>The answer.", "The answer.", "a tag\nwithin")]
    [InlineData("<think>One.</think>Two.</think>The answer.", "The answer.", "One.\nTwo.")]
    [InlineData("Said: 1.\n</think>\nThe answer.", "The answer.", "Said: 1.")]
    [InlineData("Thoughts stand between `<think>` and `</think>`.", "Thoughts stand between `<think>` and `</think>`.", null)]
    [InlineData("I think <b>so</b>, <thinker>.", "I think <b>so</b>, <thinker>.", null)]
    public void Thoughts_are_taken_off(string reply, string said, string? thoughts)
        => Assert.Equal(new SpokenText(said, thoughts, IsUnfinished: false), SpokenText.Of(reply));

    [Theory]
    [InlineData("<think>The best is [[10]].", "", "The best is [[10]].")]
    [InlineData("The answer.\n<think>Or not?", "The answer.", "Or not?")]
    [InlineData("One.</think>Two.<think>Three.", "Two.", "One.\nThree.")]
    [InlineData("<think>", "", "")]
    public void Thoughts_that_never_end_reach_to_the_end(string reply, string said, string thoughts)
        => Assert.Equal(new SpokenText(said, thoughts, IsUnfinished: true), SpokenText.Of(reply));

    /// <summary>What stands behind the last closing tag and before the next opening one is there, and twice is as once.</summary>
    [Fact]
    public void What_is_said_is_kept()
        => Gen.OneOf("<think>", "</think>", " `<think>` ", "a", " b ", "\n", "[[3]]", "</Thinking>").Array[0, 12].Sample(pieces =>
        {
            string reply = string.Concat(pieces);
            string said = SpokenText.Of(reply).Text;
            Assert.Equal(said, SpokenText.Of(said).Text);
            int end = Array.FindLastIndex(pieces, piece => piece.StartsWith("</", StringComparison.Ordinal));
            int begin = Array.FindIndex(pieces, end + 1, piece => piece == "<think>");
            string behind = string.Concat(pieces[(end + 1)..(begin < 0 ? pieces.Length : begin)]);
            Assert.EndsWith(behind.Trim(), said.Trim(), StringComparison.Ordinal);
        }, iter: 2_000);
}
