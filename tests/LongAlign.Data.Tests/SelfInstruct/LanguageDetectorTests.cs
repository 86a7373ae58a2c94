using LongAlign.Data.SelfInstruct;

namespace LongAlign.Data.Tests.SelfInstruct;

public class LanguageDetectorTests
{
    [Theory]
    [InlineData("Call me Ishmael.", DocumentLanguage.English)]
    [InlineData("for (int i = 0; i < 10; i++) { sum += values[i]; } // 1234567890", DocumentLanguage.English)]
    [InlineData("El ingenioso hidalgo don Quijote de la Mancha", DocumentLanguage.English)]
    [InlineData("子曰：学而时习之，不亦说乎？", DocumentLanguage.Chinese)]
    [InlineData("本文介绍 Transformer 模型在长文本任务（long context）上的应用与评测方法，共分五章。", DocumentLanguage.Chinese)]
    [InlineData("The word 道 (dao) means way, and 德 (de) means virtue.", DocumentLanguage.English)]
    [InlineData("吾輩は猫である。名前はまだ無い。", DocumentLanguage.Other)]
    [InlineData("모든 인간은 태어날 때부터 자유로우며", DocumentLanguage.Other)]
    [InlineData("Все счастливые семьи похожи друг на друга", DocumentLanguage.Other)]
    [InlineData("1234 5678 :;,. +-*/ 🎉", DocumentLanguage.Other)]
    [InlineData("", DocumentLanguage.Other)]
    public void Languages_are_told_apart(string text, DocumentLanguage language)
    {
        Assert.Equal(language, LanguageDetector.Detect(text));
        Assert.Equal(language, LanguageDetector.Detect(string.Join('\n', Enumerable.Repeat(text, 5_000))));
    }

    [Fact]
    public void A_long_preface_does_not_decide()
        => Assert.Equal(DocumentLanguage.Chinese, LanguageDetector.Detect(new string('a', 10_000) + string.Concat(Enumerable.Repeat("子曰学而时习之", 10_000))));
}
