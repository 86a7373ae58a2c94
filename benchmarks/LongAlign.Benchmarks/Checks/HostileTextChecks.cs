using System.Text;
using System.Text.Json.Nodes;
using LongAlign.Data;

namespace LongAlign.Benchmarks.Checks;

/// <summary>Texts that make a tokenizer slow, against ordinary text of the same length. Each is met for the first time: no word is known.</summary>
internal static class HostileTextChecks
{
    private const int Length = 80_000;
    private const int Turns = 5;

    public static IEnumerable<Figure> Run(string root, string ordinary)
    {
        string small = Path.Combine(root, "tests", "LongAlign.Data.Tests", "golden");
        string many = Path.Combine(Path.GetTempPath(), $"longalign-hostile-{Environment.ProcessId}");
        Directory.CreateDirectory(many);
        try
        {
            AddTokens(Path.Combine(small, "small-qwen"), many, 6_000);
            foreach ((string name, string folder) in new[]
            {
                ("SentencePiece", Path.Combine(root, "samples", "data", "tiny-llama")),
                ("bytes with ignore_merges", Path.Combine(small, "small-ignore-merges")),
                ("bytes with NFC and 6,000 added tokens", many),
            })
            {
                yield return Worst(name, folder, string.Concat(Enumerable.Repeat(ordinary, 1 + (Length / ordinary.Length)))[..Length]);
            }
        }
        finally
        {
            Directory.Delete(many, recursive: true);
        }
    }

    private static Figure Worst(string name, string folder, string ordinary)
    {
        // Twice, and the second time counts: the first compiles.
        double worst = 0;
        string kind = "";
        double expected = 1;
        for (int turn = 0; turn < 2; turn++)
        {
            expected = TimeOf(folder, ordinary);
            (kind, worst) = Texts().Select(text => (text.Kind, Time: TimeOf(folder, text.Text))).MaxBy(text => text.Time);
        }

        return new Figure($"{name}: worst of ten hostile texts ({kind}), against ordinary text of the same length, words not met before", worst / expected, "x", AtMost: 3);
    }

    private static double TimeOf(string folder, string text) => Enumerable.Range(0, Turns).Min(_ =>
    {
        ModelTokenizer tokenizer = ModelTokenizer.Load(folder);
        GC.KeepAlive(tokenizer.Encode("The first text waits for what is compiled: 你好 👩‍🚀."));
        return Stopwatches.Once(() => GC.KeepAlive(tokenizer.Encode(text)));
    });

    private static IEnumerable<(string Kind, string Text)> Texts()
    {
        Random random = new(7);
        string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        yield return ("Chinese", Repeat(() => ((char)('一' + random.Next(3_000))).ToString()));
        yield return ("one letter", Repeat(() => "a"));
        yield return ("letters", Repeat(() => letters[random.Next(letters.Length)].ToString()));
        yield return ("spaces", Repeat(() => " "));
        yield return ("spaces and line ends", Repeat(() => random.Next(40) == 0 ? "\n" : " "));
        yield return ("digits", Repeat(() => random.Next(10).ToString(System.Globalization.CultureInfo.InvariantCulture)));
        yield return ("signs", Repeat(() => "="));
        yield return ("emoji", Repeat(() => char.ConvertFromUtf32(0x1F600 + random.Next(64))));
        yield return ("accents", Repeat(() => "\u0301"));
        yield return ("beginnings of added tokens", Repeat(() => "<unused"));
    }

    private static string Repeat(Func<string> next)
    {
        StringBuilder text = new(Length + 8);
        while (text.Length < Length)
        {
            text.Append(next());
        }

        return text.ToString();
    }

    private static void AddTokens(string from, string to, int count)
    {
        JsonNode json = JsonNode.Parse(File.ReadAllText(Path.Combine(from, "tokenizer.json")))!;
        JsonArray added = json["added_tokens"]!.AsArray();
        int next = added.Max(token => (int)token!["id"]!) + 1;
        for (int i = 0; i < count; i++)
        {
            added.Add(new JsonObject { ["id"] = next + i, ["content"] = $"<unused{i}>", ["special"] = false });
        }

        File.WriteAllText(Path.Combine(to, "tokenizer.json"), json.ToJsonString());
        File.Copy(Path.Combine(from, "tokenizer_config.json"), Path.Combine(to, "tokenizer_config.json"), overwrite: true);
    }
}
