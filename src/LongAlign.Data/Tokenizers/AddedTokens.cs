using System.Text.Json;

namespace LongAlign.Data;

/// <summary>Reads added tokens, each with the id that the reference gives it: that of the vocabulary, or the next one behind it.</summary>
/// <param name="vocabulary">The vocabulary; null where a token has the id that it is listed with.</param>
/// <param name="before">Tokens that are added already.</param>
internal sealed class AddedTokens(IReadOnlyDictionary<string, int>? vocabulary, IReadOnlyCollection<AddedToken> before)
{
    private readonly Dictionary<string, AddedToken> _tokens = before.ToDictionary(token => token.Content);
    private int _last = before.Select(token => token.Id).DefaultIfEmpty(-1).Max();

    public IReadOnlyCollection<AddedToken> All => _tokens.Values;

    /// <summary>Adds a token, unless there is one of its text.</summary>
    /// <exception cref="InvalidDataException">It has no text, or its id is out of range.</exception>
    /// <exception cref="NotSupportedException">It is listed with another id than the reference would give it.</exception>
    public void Add(string path, JsonElement token, int id)
    {
        AddedToken added = AddedToken.Read(path, token, id);
        if (id is < 0 or >= TokenizerParts.MostTokens)
        {
            throw new InvalidDataException($"{path} has the added token '{added.Content}' with the id {id}; expected 0 to {TokenizerParts.MostTokens - 1}.");
        }

        int expected = _tokens.TryGetValue(added.Content, out AddedToken? known) ? known.Id : IdOf(added);
        if (expected != id)
        {
            throw new NotSupportedException($"{path} has the added token '{added.Content}' with the id {id}, where the tokenizers library gives it {expected}, whatever is listed; this is not supported.");
        }

        if (known is null)
        {
            _tokens.Add(added.Content, added);
            _last = Math.Max(_last, id);
        }
    }

    private int IdOf(AddedToken token)
        => vocabulary is null ? token.Id
            : vocabulary.TryGetValue(token.Content, out int id) ? id
            : _last >= vocabulary.Count ? _last + 1 : vocabulary.Count;
}
