using System.Text.RegularExpressions;
using LongAlign.Requests;

namespace LongAlign.Data.SelfInstruct;

/// <summary>Rules that tell bad answers from good ones.</summary>
internal static partial class AnswerChecks
{
    private const int OpeningLength = 200;

    public static DropReason? Check(ModelReply answer, LongInstructionOptions options)
        => options.DropRefusals && IsRefusal(answer) ? DropReason.Refusal
            : answer.IsCutOff ? DropReason.CutAnswer
            : options.DropEmptyAnswers && string.IsNullOrWhiteSpace(answer.Text) ? DropReason.EmptyAnswer
            : null;

    /// <summary>The share of an answer's words, but those of the question, that an answer without the document has too.</summary>
    public static double ShareKnown(string question, string answer, string withoutDocument)
    {
        HashSet<string> words = [.. TextWords.Of(answer)];
        HashSet<string> own = [.. words.Except(TextWords.Of(question))];
        words = own.Count > 0 ? own : words;
        HashSet<string> known = [.. TextWords.Of(withoutDocument)];
        return words.Count == 0 ? 0 : (double)words.Count(known.Contains) / words.Count;
    }

    private static bool IsRefusal(ModelReply answer)
    {
        string opening = answer.Text.TrimStart()[..Math.Min(OpeningLength, answer.Text.TrimStart().Length)].Replace('’', '\'');
        return answer.FinishReason == FinishReasons.Filtered || EnglishRefusal().IsMatch(opening) || ChineseRefusal().IsMatch(opening);
    }

    [GeneratedRegex(@"^(i('m| am)( very| really)? sorry|sorry,|i apologi[sz]e|unfortunately, i|i (can('|no)t|can not|am (not able|unable)|won't|must decline|do(n't| not) have (access|enough|the (document|text)))\b|as an ai\b|i'm (not able|unable|just an ai)|(unfortunately, )?the (provided |given |above )?(document|text|passage|article) (does not|doesn't|did not|didn't) (mention|contain|provide|specify|state|include|say|answer|discuss|address)\b|there is (no|not enough) (information|mention)\b)", RegexOptions.IgnoreCase)]
    private static partial Regex EnglishRefusal();

    [GeneratedRegex(@"^(很|非常|十分)?(抱歉|对不起|遗憾)|^(作为|身为)(一个|一名)?(AI|人工智能|语言模型|大?模型)|^我(无法|不能|没有办法|没法)|^(根据|从)?(该|这篇|本|上述|以上|所提供的)?(文档|文章|文本|文中|原文)(内容)?(中|里)?[，,]?(并)?(没有|未|无法)(提及|提到|说明|提供|涉及|包含|回答|得知|找到)", RegexOptions.IgnoreCase)]
    private static partial Regex ChineseRefusal();
}
