using System.Globalization;
using LongAlign.Requests;

namespace LongAlign.Evaluation.Needles;

/// <summary>A sentence to be found, the question for it and the answer.</summary>
public sealed record Needle
{
    /// <summary>Gets the sentence.</summary>
    public required string Text { get; init; }

    /// <summary>Gets the question.</summary>
    public required string Question { get; init; }

    /// <summary>Gets the answer that a right reply contains: a number, or words.</summary>
    public required string Answer { get; init; }

    /// <summary>Gets the language of all three.</summary>
    public NeedleLanguage Language { get; init; } = NeedleLanguage.English;

    private static readonly string[] Towns = ["Alder", "Birkdale", "Corfe", "Dunmore", "Elgin", "Farnham", "Galway", "Hexham", "Ilkley", "Kendal", "Lismore", "Malvern"];
    private static readonly string[] ChineseTowns = ["青州", "临江", "安平", "永宁", "南溪", "石门", "东山", "长乐", "武林", "云台", "平湖", "海宁"];

    /// <summary>Draws a needle that no model has read: a number of seven digits at a place.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="cell">The name of the needle; the same one for the same seed and name on every machine.</param>
    /// <param name="language">The language.</param>
    /// <returns>The needle.</returns>
    public static Needle Draw(long seed, string cell, NeedleLanguage language = NeedleLanguage.English)
    {
        ItemRandom random = new(seed, cell, "needle");
        return Create(random.Next(Towns.Length), random, language);
    }

    /// <summary>Draws needles at places that all differ.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="cell">The name of the needles.</param>
    /// <param name="count">Their number, at most 12.</param>
    /// <param name="language">The language.</param>
    /// <returns>The needles; one alone is that of <see cref="Draw(long, string, NeedleLanguage)"/>.</returns>
    internal static IReadOnlyList<Needle> Draw(long seed, string cell, int count, NeedleLanguage language)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Towns.Length);
        if (count == 1)
        {
            return [Draw(seed, cell, language)];
        }

        ItemRandom random = new(seed, cell, "needles");
        int[] towns = [.. Enumerable.Range(0, Towns.Length)];
        random.Shuffle(towns.AsSpan());
        return [.. towns.Take(count).Select(town => Create(town, random, language))];
    }

    /// <summary>Scores a reply: whether the answer is in it, however it is written.</summary>
    /// <param name="reply">The reply. What the model thinks is not read.</param>
    /// <returns>
    /// 1 where the reply has the answer and does not deny it, else 0. A number counts in digits of any script and however they are grouped
    /// (<c>4,815,162</c>, <c>4 815 162</c>), one digit more or less is another number; words count in any case, with spaces or hyphens between
    /// them, not as parts of longer ones. <c>not 4815162</c>, <c>4815162 is wrong</c> and their like in English and Chinese deny it.
    /// </returns>
    public double Score(string reply) => Score(reply, isCutOff: false);

    /// <summary>Scores a reply; of one that was cut off, an answer at its very end may go on and does not count.</summary>
    internal double Score(string reply, bool isCutOff)
    {
        ArgumentNullException.ThrowIfNull(reply);
        string text = PlainCharacters.Of(SpokenText.Of(reply).Text);
        return AnswerSearch.Find(Answer, text).Any(found => !(isCutOff && found.End.GetOffset(text.Length) == text.Length) && !Denial.IsOf(text, found)) ? 1 : 0;
    }

    private static Needle Create(int town, ItemRandom random, NeedleLanguage language)
    {
        string number = (1_000_000 + random.Next(9_000_000)).ToString(CultureInfo.InvariantCulture);
        return language == NeedleLanguage.Chinese
            ? new Needle { Text = $"{ChineseTowns[town]}车站储物柜的密码是{number}。", Question = $"{ChineseTowns[town]}车站储物柜的密码是多少？只回答数字。", Answer = number, Language = language }
            : new Needle { Text = $"The code of the locker at {Towns[town]} station is {number}.", Question = $"What is the code of the locker at {Towns[town]} station? Reply with the number alone.", Answer = number, Language = language };
    }
}
