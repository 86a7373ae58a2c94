namespace LongAlign.Data.Tests;

public sealed class TextCutterTests
{
    [Fact]
    public void Letters_beyond_the_basic_plane_are_letters_and_emoji_are_not()
        => Assert.Equal(["a𠀀b", "😀", "𝟗7"], Cut(@"\p{L}+|\p{N}+|[^\p{L}\p{N}]+", "a𠀀b😀𝟗7"));

    [Theory]
    [InlineData(@"\w+", "a_1Ⅷ²-ⓐ🄰", "a_1Ⅷ", "²-", "ⓐ🄰")]
    [InlineData(@"^\s+|\s", "\n \na b\n c", "\n \n", "a", " ", "b", "\n", " ", "c")]
    [InlineData(@"[a-z[0-9]]+", "ab1-[2]", "ab1", "-[", "2", "]")]
    [InlineData(@"[\p{L}&&[^a-m]]+", "xyabz你", "xy", "ab", "z你")]
    [InlineData(@"[\p{L}&&n-z]+", "xyabz你", "xy", "ab", "z", "你")]
    [InlineData(@"[^(\s|[.,!])]+", "a,b c(d|e", "a", ",", "b", " ", "c", "(", "d", "|", "e")]
    [InlineData(@"\p{Han}+|\h+", "你𠀀々fz", "你𠀀々", "f", "z")]
    [InlineData(@"(?i:'s|'k)", "x'ſ'K'S", "x", "'ſ", "'K", "'S")]
    [InlineData(@"\p{N}{1,3}+", "12345a", "12345", "a")]
    [InlineData(@" ?+\p{L}++|x{,2}", " ab xx", " ab", " xx")]
    [InlineData(@"\b", "ab, c", "ab", ", ", "c")]
    public void Patterns_mean_what_they_mean_in_Oniguruma(string pattern, string text, params string[] words) => Assert.Equal(words, Cut(pattern, text));

    [Theory]
    [InlineData("[[:alpha:]]", "POSIX")]
    [InlineData("[a[^b]]", "negated")]
    [InlineData("[^a&&b]", "&&")]
    [InlineData("[a&&b&&c]", "&&")]
    [InlineData(@"\p{Latin}", "'Latin'")]
    [InlineData(@"(?i)\p{Lu}", "in any case")]
    [InlineData("(?i)é", "'é' in any case")]
    [InlineData("(?i:stop)", "'st'")]
    [InlineData("(?<name>a)", "group")]
    [InlineData("(?=a", "(")]
    [InlineData("a)", ")")]
    [InlineData("[a", "[")]
    [InlineData("[]", "empty")]
    [InlineData("[z-a]", "z-a")]
    [InlineData("a{99999}", "9999")]
    [InlineData("*a", "*")]
    [InlineData("a{2}?", "{n}?")]
    [InlineData(@"(a)\1", @"\1")]
    [InlineData(@"\X", @"\X")]
    [InlineData(@"\", @"\")]
    [InlineData("😀", "U+FFFF")]
    public void What_is_not_known_is_refused(string pattern, string part)
        => Assert.Contains(part, Assert.Throws<NotSupportedException>(() => Cut(pattern, "a")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("Isolated", false, "a", " ", " ", "b")]
    [InlineData("Removed", false, "a", "b")]
    [InlineData("Removed", true, " ", " ")]
    [InlineData("MergedWithPrevious", false, "a ", " ", "b")]
    [InlineData("MergedWithNext", false, "a", " ", " b")]
    [InlineData("Contiguous", false, "a", "  ", "b")]
    public void Matches_become_what_the_behavior_says(string behavior, bool inverts, params string[] words)
        => Assert.Equal(words, Cut(" ", "a  b", Enum.Parse<SplitBehavior>(behavior), inverts));

    [Theory]
    [InlineData('(')]
    [InlineData('[')]
    public void What_is_too_deep_is_refused(char opening)
        => Assert.Contains("deep", Assert.Throws<NotSupportedException>(() => Cut(new string(opening, 100_000), "a")).Message, StringComparison.Ordinal);

    private static IEnumerable<string> Cut(string pattern, string text, SplitBehavior behavior = SplitBehavior.Isolated, bool inverts = false)
    {
        PatternCompiler patterns = new("a file");
        List<(int Offset, int Length)> words = [(0, text.Length)];
        patterns.ToCutter([patterns.Compile(pattern, behavior, inverts)]).Cut(text, words);
        return [.. words.Select(word => text.Substring(word.Offset, word.Length))];
    }
}
