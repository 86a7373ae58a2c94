using LongAlign.Evaluation.Comparisons;

namespace LongAlign.Evaluation.Tests.Comparisons;

public sealed class ReferenceMatchTests
{
    [Theory]
    [InlineData("Abraham Lincoln", "abraham  lincoln.", 1)]
    [InlineData("It was Lincoln", "Lincoln", 0)]
    [InlineData("你好。", "你好", 1)]
    [InlineData("", "a", 0)]
    [InlineData("<think>Or Grant?</think>Lincoln", "Lincoln", 1)]
    [InlineData("<think>Lincoln", "Lincoln", 0)]
    public void Exact_match_looks_at_words_alone(string answer, string reference, double expected) => Assert.Equal(expected, ReferenceMatch.Exact(answer, reference));

    [Theory]
    [InlineData("the cat sat", "the cat", 0.8)] // precision 2/3, recall 1
    [InlineData("cat cat cat", "cat", 0.5)] // a word counts as often as it is there
    [InlineData("dog", "cat", 0)]
    [InlineData("", "", 1)]
    [InlineData("the cat\n</think>\ndog", "the cat", 0)]
    [InlineData("", "cat", 0)]
    [InlineData("北京市", "北京", 0.8)]
    [InlineData("Cat,\u0000SAT!", "cat sat", 1)]
    public void Overlap_is_the_F1_of_words(string answer, string reference, double expected) => Assert.Equal(expected, ReferenceMatch.Overlap(answer, reference), 12);
}
