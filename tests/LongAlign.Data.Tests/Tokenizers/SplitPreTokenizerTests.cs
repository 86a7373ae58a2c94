using System.Text.RegularExpressions;

namespace LongAlign.Data.Tests;

public sealed class SplitPreTokenizerTests
{
    [Fact]
    public void Letters_beyond_the_basic_plane_are_letters_and_emoji_are_not()
    {
        List<(int, int)> words = [];
        new SplitPreTokenizer([new Regex(@"\p{L}+|\p{N}+|[^\p{L}\p{N}]+")]).Split("a𠀀b😀𝟗7", words);
        Assert.Equal([(0, 4), (4, 2), (6, 3)], words);
    }
}
