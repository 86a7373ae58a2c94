using LongAlign.Batching;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Data.Tests.Tokenization;

public sealed class TokenizedDatasetTests
{
    [Fact]
    public void Every_sequence_knows_its_file_and_line_those_left_out_not_counted()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("chats.jsonl", $"{Row("a", "b")}\n\n{Row("no answer")}\n{Row("a", "bc")}\n");
        TokenizedDataset dataset = ChatDataset.Load(path).Tokenize(Conversations.Tokenizer, ChatTemplate.LongAlignLlama, new TokenizationOptions { MaxLength = 100, SkipInvalid = true });
        Assert.Equal([$"{path}:1", $"{path}:4"], Enumerable.Range(0, dataset.Count).Select(dataset.GetSource));
        Assert.Equal($"{path}:4", ((ISequenceDataset)dataset).GetSource(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.GetSource(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.GetSource(-1));
    }

    [Fact]
    public void A_sequence_that_is_too_long_is_named_by_file_and_line_also_in_a_part_of_the_data()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("chats.jsonl", $"{Row("a", "b")}\n{Row("a", new string('b', 60))}\n");
        TokenizedDataset dataset = ChatDataset.Load(path).Tokenize(Conversations.Tokenizer, ChatTemplate.LongAlignLlama, 100);
        int length = dataset.Lengths[1];
        string beginning = $"Sequence 1 ({path}:2) has {length} tokens, and the most that a sequence may have is 50";
        Assert.StartsWith(beginning, Assert.Throws<ArgumentException>(() => new GlobalBatchSampler(dataset, 1, 50)).Message, StringComparison.Ordinal);
        Assert.StartsWith(beginning, Assert.Throws<ArgumentException>(() => new RandomBatchSampler(dataset, 1, 42, 50)).Message, StringComparison.Ordinal);
        Assert.StartsWith(beginning, Assert.Throws<ArgumentException>(() => PackingAlgorithm.BestFitDecreasing.Pack(dataset, 50)).Message, StringComparison.Ordinal);
        Assert.Equal([1], PackingAlgorithm.BestFitDecreasing.Pack(dataset, 50, OverlongPolicy.Drop).LeftOut);
        HeldOutSplit split = dataset.HoldOut(0.5, seed: 1);
        ISequenceDataset part = split.Training.Lengths[0] == length ? split.Training : split.HeldOut;
        Assert.Contains($"({path}:2)", Assert.Throws<ArgumentException>(() => new GlobalBatchSampler(part, 1, 50)).Message, StringComparison.Ordinal);
    }

    private static string Row(params string[] texts)
        => $$"""{"messages": [{{string.Join(", ", texts.Select((text, i) => $$"""{"role": "{{(i % 2 == 0 ? "user" : "assistant")}}", "content": "{{text}}"}"""))}}]}""";
}
