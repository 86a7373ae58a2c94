using System.Text.Json;
using System.Text.RegularExpressions;
using LongAlign.Requests;

namespace LongAlign.Data.SelfInstruct;

/// <summary>
/// Finds the questions in a model's reply, which rarely keeps to the format it was asked for: numbers in many styles, bullets, quotes, bold
/// type, Chinese numerals, JSON, a preamble, an epilogue, questions of several lines. The model's thoughts are not read.
/// </summary>
public static partial class QuestionParser
{
    private const string ChineseNumerals = "一二三四五六七八九十";
    private const string Circled = "①②③④⑤⑥⑦⑧⑨⑩";

    /// <summary>Finds the questions.</summary>
    /// <param name="reply">The model's reply.</param>
    /// <returns>The questions in order, none empty and none twice; empty where there is none.</returns>
    public static IReadOnlyList<string> Parse(string reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        string text = SpokenText.Of(reply).Text.Replace("\r\n", "\n", StringComparison.Ordinal);
        string[] lines = [.. text.Split('\n').Select(line => line.Trim()).Where(line => !Fence().IsMatch(line))];
        IEnumerable<string> questions = FromJson(text) ?? FromTags(text) ?? FromNumbers(lines) ?? FromOneLine(text) ?? FromBullets(lines) ?? FromQuestionMarks(lines);
        return [.. questions.Select(Clean).Where(question => question.Length > 0).Distinct(StringComparer.Ordinal)];
    }

    private static List<string>? FromJson(string text)
    {
        int begin = text.IndexOfAny(['[', '{']);
        int end = text.LastIndexOfAny([']', '}']);
        if (begin < 0 || end <= begin)
        {
            return null;
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(text.AsMemory(begin, end - begin + 1), new JsonDocumentOptions { AllowTrailingCommas = true });
            List<string> found = [];
            Collect(json.RootElement, found);
            return found.Count > 0 ? found : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static void Collect(JsonElement element, List<string> found)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                found.Add(element.GetString()!);
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray())
                {
                    Collect(item, found);
                }

                break;
            case JsonValueKind.Object:
                // {"question": "…", "answer": "…"}: the other fields are no questions.
                JsonProperty[] fields = [.. element.EnumerateObject()];
                JsonProperty[] named = [.. fields.Where(field => field.Name.Contains("question", StringComparison.OrdinalIgnoreCase) || field.Name.Contains("问题", StringComparison.Ordinal))];
                Array.ForEach(named.Length > 0 ? named : fields, field => Collect(field.Value, found));
                break;
        }
    }

    private static List<string>? FromTags(string text)
    {
        List<string> found = [.. Tags().Matches(text).Select(match => match.Groups["text"].Value)];
        return found.Count > 0 ? found : null;
    }

    private static List<string>? FromNumbers(string[] lines)
    {
        (int Line, int Number, string Style, string Text)[] markers =
        [
            .. from i in Enumerable.Range(0, lines.Length)
               let marker = Marker(lines[i])
               where marker is not null
               select (i, marker.Value.Number, marker.Value.Style, marker.Value.Text),
        ];
        int first = Array.FindIndex(markers, marker => marker.Number is 0 or 1);
        if (first < 0)
        {
            return null;
        }

        // The next number in the same style is the next question; any other number belongs to a question's text.
        List<(int Line, int Number, string Style, string Text)> chain = [];
        foreach ((int Line, int Number, string Style, string Text) marker in markers[first..])
        {
            if (chain.Count == 0 || (marker.Number == chain[^1].Number + 1 && marker.Style == chain[0].Style))
            {
                chain.Add(marker);
            }
        }

        if (chain.Count == 1)
        {
            // Markdown allows "1." before every item.
            chain = [.. markers.Where(marker => marker.Number == chain[0].Number && marker.Style == chain[0].Style)];
        }

        List<string> found = [];
        for (int i = 0; i < chain.Count; i++)
        {
            bool isLast = i + 1 == chain.Count;
            string[] more = lines[(chain[i].Line + 1)..(isLast ? lines.Length : chain[i + 1].Line)];
            found.Add(Join(chain[i].Text, more, isLast));
        }

        return found.Count > 1 || found.Any(question => question.Length > 0) && !Inline().IsMatch(found[0]) ? found : null;
    }

    private static (int Number, string Style, string Text)? Marker(string line)
    {
        Match match = LineMarker().Match(line);
        string digits = match.Groups["number"].Value;
        if (!match.Success || !(match.Groups["delimiter"].Length > 0 || match.Groups["close"].Length > 0 || match.Groups["label"].Length > 0
            || Circled.Contains(digits, StringComparison.Ordinal)))
        {
            return null;
        }

        int number = ChineseNumerals.Contains(digits, StringComparison.Ordinal) ? ChineseNumerals.IndexOf(digits, StringComparison.Ordinal) + 1
            : Circled.Contains(digits, StringComparison.Ordinal) ? Circled.IndexOf(digits, StringComparison.Ordinal) + 1
            : digits.Aggregate(0, (value, digit) => (10 * value) + (int)char.GetNumericValue(digit));
        string style = $"{match.Groups["label"].Value.ToUpperInvariant()}|{match.Groups["close"].Value}|{match.Groups["delimiter"].Value}"
            .Replace('：', ':').Replace('．', '.').Replace('）', ')');
        return (number, style, match.Groups["text"].Value);
    }

    /// <summary>A question's lines. What follows the last question is an epilogue: after an empty line, or once the question has its mark.</summary>
    private static string Join(string text, string[] more, bool isLast)
    {
        List<string> parts = text.Length > 0 ? [text] : [];
        foreach (string line in more)
        {
            if (isLast && parts.Count > 0 && (line.Length == 0 || EndsAsQuestion(parts[^1])))
            {
                break;
            }

            if (line.Length > 0)
            {
                parts.Add(line);
            }
        }

        return string.Join('\n', parts);
    }

    /// <summary>All questions in one line: <c>1: …? 2: …? 3: …?</c></summary>
    private static List<string>? FromOneLine(string text)
    {
        List<Match> chain = [];
        foreach (Match match in Inline().Matches(text))
        {
            if (match.Groups["number"].Value[0] - '0' == chain.Count + 1)
            {
                chain.Add(match);
            }
        }

        return chain.Count < 2 ? null : [.. chain.Select((match, i) => Join("", text[(match.Index + match.Length)..(i + 1 < chain.Count ? chain[i + 1].Index : text.Length)].Split('\n'), isLast: i + 1 == chain.Count))];
    }

    private static List<string>? FromBullets(string[] lines)
    {
        List<string> found = [.. lines.Select(line => Bullet().Match(line)).Where(match => match.Success).Select(match => match.Groups["text"].Value)];
        return found.Count > 0 ? found : null;
    }

    private static IEnumerable<string> FromQuestionMarks(string[] lines) => lines.Where(EndsAsQuestion);

    private static bool EndsAsQuestion(string line) => line.TrimEnd('*', '_', '"', '”', '\'', '」', ' ').EndsWith('?') || line.TrimEnd('*', '_', '"', '”', '\'', '」', ' ').EndsWith('？');

    private static string Clean(string question)
    {
        question = Label().Replace(question.Replace("**", "", StringComparison.Ordinal).Trim(), "").Trim().TrimEnd(',').Trim();
        foreach ((char open, char close) in (ReadOnlySpan<(char, char)>)[('"', '"'), ('“', '”'), ('「', '」'), ('\'', '\''), ('*', '*'), ('_', '_'), ('`', '`')])
        {
            if (question.Length > 1 && question[0] == open && question[^1] == close)
            {
                question = question[1..^1].Trim();
            }
        }

        return question;
    }

    [GeneratedRegex(@"^```\w*$")]
    private static partial Regex Fence();

    [GeneratedRegex(@"(?s)<(?<tag>q\d*|question(?:[_ ]?\d+)?)>(?<text>.*?)</\k<tag>>", RegexOptions.IgnoreCase)]
    private static partial Regex Tags();

    [GeneratedRegex(@"^[\s>#*_•\-`""“]*[\(\[（【]?(?:(?<label>questions?|q|问题|提问|第)\s*[#＃.]?\s*)?(?<number>[0-9０-９]{1,2}|[一二三四五六七八九十]|[①-⑩])\s*(?:个问题|题|问)?(?<close>[\)\]）】]?)[*_]*\s*(?<delimiter>[:：、\)）．]|\.(?!\d)|[-–—](?=\s))?[*_]*\s*(?<text>.*)$", RegexOptions.IgnoreCase)]
    private static partial Regex LineMarker();

    [GeneratedRegex(@"(?<=^|[\s?？。.!！])(?<number>[1-9])(?:[:：、\)）．]|\.(?!\d))[ \t]*")]
    private static partial Regex Inline();

    [GeneratedRegex(@"^[-*•·–—]\s+(?<text>.+)$")]
    private static partial Regex Bullet();

    [GeneratedRegex(@"^(questions?|q|问题|问)\s*[:：]\s*", RegexOptions.IgnoreCase)]
    private static partial Regex Label();
}
