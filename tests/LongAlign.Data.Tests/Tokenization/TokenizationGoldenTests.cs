using System.Text.Json;
using LongAlign.Sequences;

namespace LongAlign.Data.Tests;

/// <summary>Ids and labels of the reference's pre_tokenize.py, made by the reference templates.</summary>
[Trait("Category", "Golden")]
public sealed class TokenizationGoldenTests
{
    private const string BeginMarker = "<<BEGIN>>";
    private const string EndMarker = "<<END>>";

    private static readonly JsonElement File = Golden.ReadJson("tokenize", "cases.json");
    private static readonly int MaxLength = File.GetProperty("max_length").GetInt32();

    private static readonly (string Name, OverlongConversation Policy)[] Variants =
    [
        ("truncate_right", OverlongConversation.TruncateRight),
        ("truncate_left", OverlongConversation.TruncateLeft),
        ("skip_exceed_length_case", OverlongConversation.Drop),
    ];

    private enum Kind
    {
        Equal,
        NoTarget,
        TooFewMessages,
        Dropped,
        ExactLength,
        MarkerInText,
        NullAnswer,
    }

    /// <summary>Case, format and variant of everything that is to come out as in the reference.</summary>
    public static TheoryData<string, string, string> Equal => Data(Kind.Equal);

    public static TheoryData<string, string, string> NoTarget => Data(Kind.NoTarget);

    public static TheoryData<string, string, string> TooFewMessages => Data(Kind.TooFewMessages);

    public static TheoryData<string, string, string> Dropped => Data(Kind.Dropped);

    public static TheoryData<string, string, string> ExactLength => Data(Kind.ExactLength);

    public static TheoryData<string, string, string> MarkerInText => Data(Kind.MarkerInText);

    public static TheoryData<string, string, string> NullAnswer => Data(Kind.NullAnswer);

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Equal))]
    public void Ids_and_labels_equal_the_references(string name, string format, string variant)
    {
        JsonElement golden = Find(name, format).GetProperty(variant);
        TokenSequence sequence = Assert.Single(Tokenize(name, format, variant).Sequences);
        Assert.Equal(Golden.Ints(golden.GetProperty("input_ids")), sequence.InputIds.ToArray());
        Assert.Equal(Golden.Ints(golden.GetProperty("labels")), sequence.Labels.ToArray());
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(NoTarget))]
    [MemberData(nameof(TooFewMessages))]
    public void What_the_reference_leaves_out_for_want_of_a_target_is_left_out_and_reported(string name, string format, string variant)
    {
        (TokenSequence[] sequences, DataReport? report) = Tokenize(name, format, variant);
        Assert.Empty(sequences);
        Assert.Contains("no target token is left", Assert.Single(report!.Skipped).Reason, StringComparison.Ordinal);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Dropped))]
    public void What_the_reference_drops_for_its_length_is_dropped_and_reported(string name, string format, string variant)
    {
        (TokenSequence[] sequences, DataReport? report) = Tokenize(name, format, variant);
        Assert.Empty(sequences);
        Assert.Contains($"more than {MaxLength} tokens", Assert.Single(report!.Skipped).Reason, StringComparison.Ordinal);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(ExactLength))]
    public void Departure_TK_13_a_conversation_of_just_the_longest_length_is_kept_whole(string name, string format, string variant)
    {
        JsonElement golden = Find(name, format);
        Assert.NotEqual("ok", golden.GetProperty(variant).GetProperty("result").GetString());
        TokenSequence sequence = Assert.Single(Tokenize(name, format, variant).Sequences);
        Assert.Equal(MaxLength, sequence.Length);
        if (golden.TryGetProperty("truncate_left", out JsonElement left) && left.GetProperty("result").GetString() == "ok")
        {
            Assert.Equal(Golden.Ints(left.GetProperty("input_ids")), sequence.InputIds.ToArray());
            Assert.Equal(Golden.Ints(left.GetProperty("labels")), sequence.Labels.ToArray());
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(MarkerInText))]
    public void Departure_TK_6_markers_in_a_text_are_text(string name, string format, string variant)
    {
        TokenSequence sequence = Assert.Single(Tokenize(name, format, variant).Sequences);
        string text = new CodePointTokenizer().Decode([.. sequence.InputIds]);
        Assert.Contains(Messages(Find(name, format))[0].Content, text, StringComparison.Ordinal);
        Assert.True(sequence.InputIds.ToArray().Where(id => id > 1_114_211).Count() <= Tokenizer(format).PrefixIds.Length);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(NullAnswer))]
    public void Departure_TK_10_a_null_text_is_an_error_with_its_line(string name, string format, string variant)
    {
        Assert.Equal("error", Find(name, format).GetProperty(variant).GetProperty("result").GetString());
        string path = Path.GetTempFileName();
        System.IO.File.WriteAllText(path, $"{{\"messages\":{Find(name, format).GetProperty("messages").GetRawText().ReplaceLineEndings("")}}}\n");
        ChatDataException error = Assert.Throws<ChatDataException>(() => ChatJsonLines.Read(path).ToArray());
        Assert.Contains($"{path}:1: message", error.Message, StringComparison.Ordinal);
        Assert.Contains("no text 'content'", error.Message, StringComparison.Ordinal);
        System.IO.File.Delete(path);
    }

    [Fact]
    public void The_whole_run_gives_the_references_rows()
    {
        JsonElement golden = Golden.ReadJson("tokenize", "main.json");
        int maxLength = golden.GetProperty("max_length").GetInt32();
        Dictionary<string, ChatConversation> conversations = golden.GetProperty("short").EnumerateArray()
            .Concat(golden.GetProperty("long").EnumerateArray())
            .ToDictionary(c => c.GetProperty("id").GetString()!, c => new ChatConversation(Messages(c), c.GetProperty("id").GetString()!));
        string[] order = [.. golden.GetProperty("order_after_shuffle").EnumerateArray().Select(id => id.GetString()!)];

        TokenizedDataset dataset = new ChatDataset(order.Select(id => conversations[id])).Tokenize(
            Tokenizer("llama"),
            ChatTemplate.LongAlignLlamaReference,
            new TokenizationOptions { MaxLength = maxLength, Overlong = OverlongConversation.TruncateRight });

        string[] written = [.. golden.GetProperty("written_ids").EnumerateArray().Select(id => id.GetString()!)];
        Assert.Equal(written, order.Except(dataset.Report.Skipped.SelectMany(skipped => skipped.Examples.Select(example => example.Split(':')[0]))));
        int[] inputs = Golden.ReadNpy("tokenize", "main_inputs.npy").Int32();
        int[] labels = Golden.ReadNpy("tokenize", "main_labels.npy").Int32();
        for (int row = 0; row < dataset.Count; row++)
        {
            int length = dataset[row].Length;
            Assert.Equal(inputs.AsSpan(row * maxLength, length), dataset[row].InputIds);
            Assert.Equal(labels.AsSpan(row * maxLength, length), dataset[row].Labels);
            Assert.False(inputs.AsSpan((row * maxLength) + length, maxLength - length).ContainsAnyExcept(0));
        }
    }

    private static TheoryData<string, string, string> Data(Kind kind)
    {
        TheoryData<string, string, string> data = [];
        foreach (JsonElement golden in File.GetProperty("cases").EnumerateArray())
        {
            foreach ((string variant, _) in Variants)
            {
                if (golden.TryGetProperty(variant, out JsonElement expected) && KindOf(golden, expected) == kind)
                {
                    data.Add(golden.GetProperty("name").GetString()!, golden.GetProperty("format").GetString()!, variant);
                }
            }
        }

        return data;
    }

    private static Kind KindOf(JsonElement golden, JsonElement expected)
    {
        JsonElement[] messages = [.. golden.GetProperty("messages").EnumerateArray()];
        bool isOk = expected.GetProperty("result").GetString() == "ok";
        if (messages.Where((_, i) => i % 2 == 1).Any(m => m.GetProperty("content").ValueKind == JsonValueKind.Null))
        {
            return Kind.NullAnswer;
        }

        if (messages.Any(m => m.GetProperty("content").GetString() is { } text && (text.Contains(BeginMarker, StringComparison.Ordinal) || text.Contains(EndMarker, StringComparison.Ordinal))))
        {
            return Kind.MarkerInText;
        }

        if (isOk)
        {
            return expected.GetProperty("all_labels_masked").GetBoolean() ? Kind.NoTarget : Kind.Equal;
        }

        return messages.Length < 2 ? Kind.TooFewMessages
            : IsTooLong(golden) ? Kind.Dropped
            : Kind.ExactLength;
    }

    private static bool IsTooLong(JsonElement golden) => Render(golden).Length > MaxLength;

    private static int[] Render(JsonElement golden)
    {
        string format = golden.GetProperty("format").GetString()!;
        return new ChatDataset([new ChatConversation(Messages(golden), "golden")]).Tokenize(Tokenizer(format), Template(format), int.MaxValue)[0].InputIds.ToArray();
    }

    private static (TokenSequence[] Sequences, DataReport? Report) Tokenize(string name, string format, string variant)
    {
        // A conversation beside it, so that the dataset is not empty when this one is left out.
        ChatConversation other = new([new ChatMessage("user", "a"), new ChatMessage("assistant", "b")], "other");
        TokenizedDataset dataset = new ChatDataset([new ChatConversation(Messages(Find(name, format)), name), other]).Tokenize(
            Tokenizer(format),
            Template(format),
            new TokenizationOptions { MaxLength = MaxLength, Overlong = Variants.Single(v => v.Name == variant).Policy });
        return ([.. Enumerable.Range(0, dataset.Count - 1).Select(i => dataset[i])], dataset.Report);
    }

    private static JsonElement Find(string name, string format) => File.GetProperty("cases").EnumerateArray()
        .Single(c => c.GetProperty("name").GetString() == name && c.GetProperty("format").GetString() == format);

    /// <summary>The reference takes a null question for an empty one.</summary>
    private static ChatMessage[] Messages(JsonElement conversation) => [.. conversation.GetProperty("messages").EnumerateArray()
        .Select(m => new ChatMessage(m.GetProperty("role").GetString()!, m.GetProperty("content").GetString() ?? ""))];

    private static ChatTemplate Template(string format) => format == "llama" ? ChatTemplate.LongAlignLlamaReference : ChatTemplate.LongAlignChatGlmReference;

    private static ModelTokenizer Tokenizer(string format)
        => new(new CodePointTokenizer(), format == "llama" ? [1] : [1_900_001, 1_900_002], File.GetProperty("eos_id").GetInt32(), 2_000_003);
}
