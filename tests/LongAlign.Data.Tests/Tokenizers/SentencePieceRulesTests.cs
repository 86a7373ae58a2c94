using Microsoft.ML.Tokenizers;

namespace LongAlign.Data.Tests;

/// <summary>What SentencePiece does with spaces and unknown characters, on pieces that fit on a line.</summary>
public sealed class SentencePieceRulesTests
{
    private static readonly SentencePieceRules Rules = Of(["<unk>", "▁", "a", "b", "▁a"], "▁ a");

    [Fact]
    public void Extra_spaces_are_removed_where_the_model_says_so()
    {
        Assert.Equal([4, 1, 3], Encode(Rules with { RemovesExtraSpaces = true, AddsDummyPrefix = true }, "  a   b "));
        Assert.Equal([1, 1, 4, 1, 1, 1, 3, 1], Encode(Rules with { AddsDummyPrefix = true }, "  a   b "));
        Assert.Empty(Encode(Rules with { RemovesExtraSpaces = true, AddsDummyPrefix = true }, "  "));
    }

    [Fact]
    public void A_piece_may_have_a_space_within()
        => Assert.Equal([5, 1, 2], Encode(Of(["<unk>", "▁", "a", "b", "a▁", "a▁b"], "a ▁", "a▁ b"), "a b a"));

    [Fact]
    public void Unknown_characters_in_a_row_are_one_unknown_token()
        => Assert.Equal([2, 0, 3, 0, 2, 0], Encode(Rules, "a你好b😀a\u0301\u0302"));

    [Fact]
    public void A_long_word_with_unknown_characters_has_the_ids_of_its_parts()
    {
        string text = string.Concat(Enumerable.Repeat("ab你a", 20));
        Assert.Equal(Enumerable.Repeat(new[] { 2, 3, 0, 2 }, 20).SelectMany(ids => ids), Encode(Rules, text));
        Assert.Equal(Encode(Rules, text), Encode(Rules, text + " a").Take(80));
    }

    [Fact]
    public void Tokens_stand_where_they_are_in_the_normalized_text()
    {
        SentencePieceRules rules = Rules with { AddsDummyPrefix = true };
        Tokenizer tokenizer = rules.ToParts().Tokenizer;
        IReadOnlyList<EncodedToken> tokens = tokenizer.EncodeToTokens("a  b你a a", out string? normalized);
        Assert.Equal("▁a▁▁b你a▁a", normalized);
        Assert.Equal(Encode(rules, "a  b你a a"), tokens.Select(token => token.Id));
        Assert.Equal(["▁a", "▁", "▁", "b", "你", "a", "▁a"], tokens.Select(token => token.Value));
        Assert.All(tokens, token => Assert.Equal(token.Value, normalized![token.Offset]));
        Assert.NotNull(rules.ToParts().Continuing!.EncodeToTokens("a b", out normalized));
        Assert.Equal("a▁b", normalized);
    }

    [Fact]
    public void Of_added_tokens_the_longest_is_taken_and_what_follows_begins_no_word_by_default()
    {
        TokenizerParts parts = (Rules with { AddsDummyPrefix = true }).ToParts() with
        {
            AddedTokens = new Dictionary<string, int> { ["<x"] = 5, ["<x>"] = 6 },
        };
        Assert.Equal([4, 6, 2, 5], new ModelTokenizer(parts, [], 0, 7).Encode("a<x>a<x"));
        Assert.Equal([4, 6, 4, 5], new ModelTokenizer(parts with { ContinuesBehindAddedTokens = false }, [], 0, 7).Encode("a<x>a<x"));
    }

    private static SentencePieceRules Of(string[] pieces, params string[] merges) => new()
    {
        Pieces = pieces.Index().Skip(1).ToDictionary(piece => piece.Item, piece => piece.Index),
        Merges = merges,
        TokenBytes = new byte[]?[pieces.Length],
    };

    private static IReadOnlyList<int> Encode(SentencePieceRules rules, string text) => new ModelTokenizer(rules.ToParts(), [], 0, rules.TokenBytes.Length).Encode(text);
}
