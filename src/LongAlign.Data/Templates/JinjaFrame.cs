namespace LongAlign.Data;

/// <summary>The texts that a tokenizer puts around those of a built-in template, to do the same in Jinja.</summary>
/// <param name="Prefix">The text that begins a sequence.</param>
/// <param name="End">The text that ends an answer.</param>
/// <param name="SpaceBehindSpecial">The space that has to be written behind a special token: where the tokenizer, which begins every text of a built-in template with a space, does not begin with one there.</param>
/// <param name="SpaceWithin">The space that has to be written before an answer within a text, which a built-in template tokenizes on its own.</param>
internal sealed record JinjaFrame(string Prefix, string End, string SpaceBehindSpecial, string SpaceWithin)
{
    public static JinjaFrame Of(ModelTokenizer tokenizer, string prefix, string end)
    {
        string space = tokenizer.Encode("a").SequenceEqual(tokenizer.Encode("a", continues: true)) ? "" : " ";
        return new JinjaFrame(prefix, end, tokenizer.ContinuesBehindAddedTokens ? space : "", space);
    }
}
