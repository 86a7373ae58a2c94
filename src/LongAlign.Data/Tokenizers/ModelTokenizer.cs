using System.Collections.Frozen;
using System.Collections.ObjectModel;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace LongAlign.Data;

/// <summary>
/// A tokenizer with what a model adds to it: the ids that begin a sequence, the one that ends it, and special tokens, which no text
/// ever becomes: they are set by name only.
/// </summary>
/// <example>
/// <code>
/// ModelTokenizer tokenizer = ModelTokenizer.Load("models/llama-2-7b");
/// IReadOnlyList&lt;int&gt; ids = tokenizer.Encode("Who wrote Moby Dick?");    // nothing begins or ends the sequence
/// string text = tokenizer.Decode([.. ids]);
/// int[] prompt = ChatTemplate.LongAlignLlama.EncodePrompt(tokenizer, new ChatMessage("user", text));    // ready for a model
/// </code>
/// </example>
/// <remarks>Immutable. Thread-safe; one made of another tokenizer is as thread-safe as that is.</remarks>
public sealed class ModelTokenizer
{
    private static readonly string[] FilePatterns =
    [
        "tokenizer*", "tokenization_*.py", "*.tiktoken", "vocab.json", "merges.txt", "special_tokens_map.json", "added_tokens.json", "chat_template*", "generation_config.json",
    ];

    private readonly TokenizerParts _parts;
    private readonly AddedTokenFinder? _addedTokens;
    private readonly FrozenSet<int> _leftOut;

    /// <summary>Takes any tokenizer.</summary>
    /// <param name="tokenizer">Turns text into ids and adds no others.</param>
    /// <param name="prefixIds">Ids before the first text of a sequence; for Llama the id that begins a sequence.</param>
    /// <param name="endOfSequenceId">The id that ends an answer.</param>
    /// <param name="vocabularySize">Ids run from 0 to this number - 1.</param>
    /// <param name="specialTokens">Ids of special tokens by name; none by default.</param>
    public ModelTokenizer(
        Tokenizer tokenizer, ReadOnlySpan<int> prefixIds, int endOfSequenceId, int vocabularySize, IReadOnlyDictionary<string, int>? specialTokens = null)
        : this(
            new TokenizerParts
            {
                Encoder = new OtherTokenizer(tokenizer ?? throw new ArgumentNullException(nameof(tokenizer))),
                SpecialTokens = specialTokens ?? ReadOnlyDictionary<string, int>.Empty,
            },
            prefixIds.ToArray(),
            endOfSequenceId,
            vocabularySize)
    {
    }

    internal ModelTokenizer(TokenizerParts parts, int[] prefixIds, int endOfSequenceId, int vocabularySize)
    {
        _parts = parts;
        Prefix = prefixIds;
        EndOfSequenceId = endOfSequenceId;
        VocabularySize = vocabularySize;
        SpecialTokenFinder = new SpecialTokenFinder(parts.SpecialTokens.Keys);
        _leftOut = parts.SpecialTokens.Values.Concat(prefixIds).Append(endOfSequenceId).Where(id => id != parts.WrittenId).ToFrozenSet();
        AddedToken[] added = [.. parts.AddedTokens.Where(token => !token.IsNormalized)];
        _addedTokens = added.Length > 0 ? new AddedTokenFinder(added.Select(token => (token.Content, token))) : null;
        StrippingTokens = parts.AddedTokens.Where(token => token.IsSpecial && (token.StripsLeft || token.StripsRight)).ToFrozenDictionary(token => token.Content);
    }

    /// <summary>Ids before the first text of a sequence.</summary>
    public ReadOnlySpan<int> PrefixIds => Prefix;

    /// <summary>The id that ends an answer.</summary>
    public int EndOfSequenceId { get; }

    /// <summary>Ids run from 0 to this number - 1.</summary>
    public int VocabularySize { get; }

    /// <summary>Ids of the special tokens by name, for example <c>&lt;|im_start|&gt;</c>.</summary>
    public IReadOnlyDictionary<string, int> SpecialTokens => _parts.SpecialTokens;

    internal int[] Prefix { get; }

    internal SpecialTokenFinder SpecialTokenFinder { get; }

    /// <summary>The folder that it was loaded from; null where it was made of parts.</summary>
    internal string? Folder { get; private set; }

    /// <summary>The name of a special token; empty where the id is none that has a name.</summary>
    internal string NameOf(int id) => SpecialTokens.FirstOrDefault(token => token.Value == id).Key ?? "";

    /// <summary>Special tokens that take the white space beside them.</summary>
    internal FrozenDictionary<string, AddedToken> StrippingTokens { get; }

    internal bool ContinuesBehindAddedTokens => _parts.ContinuesBehindAddedTokens;

    /// <summary>
    /// Reads the tokenizer of a Hugging Face folder: SentencePiece (<c>tokenizer.model</c>: Llama 2, ChatGLM3), byte-level or
    /// SentencePiece-style BPE (<c>tokenizer.json</c>: Llama 3, Qwen, GPT-2), or tiktoken ranks (<c>tokenizer.model</c> of Llama 3,
    /// <c>qwen.tiktoken</c>). A setting of the folder that cannot be followed exactly is refused by name.
    /// </summary>
    /// <param name="folder">The folder; <c>tokenizer_config.json</c> and <c>config.json</c> in it name the tokens that begin and end a sequence.</param>
    /// <returns>The tokenizer.</returns>
    /// <exception cref="FileNotFoundException">The folder has no tokenizer; the message says what it has and what is supported.</exception>
    /// <exception cref="InvalidDataException">A file is damaged; the message names it.</exception>
    /// <exception cref="NotSupportedException">The tokenizer has a part that is not supported; the message names file and part.</exception>
    public static ModelTokenizer Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        try
        {
            ModelTokenizer tokenizer = new TokenizerFolder(folder).Load();
            tokenizer.Folder = folder;
            return tokenizer;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            // Exceptions over damage: a piece twice, a text that is not UTF-8.
            throw new InvalidDataException($"{folder}: the tokenizer is damaged: {e.Message}", e);
        }
    }

    /// <summary>Copies the files that tokenizer and chat template are read from, so that a folder with new weights can be used without the one it came from.</summary>
    /// <param name="from">The model's folder.</param>
    /// <param name="to">The other folder, which exists; files of the same names are replaced.</param>
    /// <exception cref="IOException">A folder does not exist, or a file can't be copied.</exception>
    public static void CopyFiles(string from, string to)
    {
        foreach (string file in FilePatterns.SelectMany(pattern => Directory.EnumerateFiles(from, pattern)).Distinct())
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        }
    }

    /// <summary>Reads a tiktoken file, whose pattern and special tokens are not in it.</summary>
    /// <param name="path">The file: on each line a token in Base64 and its id.</param>
    /// <param name="pattern">The regular expression that cuts text into words.</param>
    /// <param name="specialTokens">Ids of the special tokens by name.</param>
    /// <param name="endOfSequence">The name of the special token that ends an answer.</param>
    /// <param name="prefix">Names of the special tokens that begin a sequence.</param>
    /// <returns>The tokenizer.</returns>
    /// <exception cref="InvalidDataException">The file is damaged; the message names it.</exception>
    /// <exception cref="KeyNotFoundException">There is no special token of a name given.</exception>
    /// <exception cref="NotSupportedException">The pattern is not supported.</exception>
    public static ModelTokenizer LoadTiktoken(
        string path, string pattern, IReadOnlyDictionary<string, int> specialTokens, string endOfSequence, params ReadOnlySpan<string> prefix)
    {
        ArgumentNullException.ThrowIfNull(specialTokens);
        return TiktokenFile.Load(path, pattern, specialTokens).ToTokenizer(prefix.ToArray(), endOfSequence);
    }

    /// <summary>Turns text into ids. Names of special tokens in it are text like any other.</summary>
    /// <param name="text">The text.</param>
    /// <param name="continues">
    /// Whether it stands right behind other text. SentencePiece begins other texts with a space; byte-level tokenizers make no difference.
    /// </param>
    /// <returns>The ids; none begins or ends the sequence.</returns>
    public IReadOnlyList<int> Encode(string text, bool continues = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<int> ids = new(text.Length / 3);
        AddIds(text, continues, ids);
        return ids;
    }

    /// <summary>Counts the ids of <see cref="Encode"/>.</summary>
    /// <param name="text">The text.</param>
    /// <returns>Their number, without those that begin or end a sequence.</returns>
    public int CountTokens(string text) => Encode(text).Count;

    /// <summary>Turns ids into text.</summary>
    /// <param name="ids">The ids; those that a model has above its tokenizer's vocabulary give no text.</param>
    /// <param name="withSpecialTokens">Whether special tokens are written; they are left out by default.</param>
    /// <returns>The text; bytes that are no UTF-8 become U+FFFD.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool withSpecialTokens = false)
    {
        TokenDecoder decoder = CreateDecoder(withSpecialTokens);
        StringBuilder text = new();
        foreach (int id in ids)
        {
            text.Append(decoder.Append(id));
        }

        return text.Append(decoder.Finish()).ToString();
    }

    /// <summary>Begins to turn ids into text one by one, as they are generated.</summary>
    /// <param name="withSpecialTokens">Whether special tokens are written; they are left out by default.</param>
    /// <returns>The decoder, for one thread.</returns>
    public TokenDecoder CreateDecoder(bool withSpecialTokens = false) => new(this, withSpecialTokens);

    /// <summary>Adds the ids of <see cref="Encode"/> to a list.</summary>
    /// <param name="text">The text.</param>
    /// <param name="continues">Whether it stands right behind other text.</param>
    /// <param name="ids">The list.</param>
    /// <param name="withSpecial">Whether the text may become special tokens, as the reference's default is.</param>
    internal void AddIds(ReadOnlySpan<char> text, bool continues, List<int> ids, bool withSpecial = false)
    {
        TextPlace place = continues ? TextPlace.Continuing : TextPlace.First;
        int taken = 0;
        int from = 0;
        while (_addedTokens is not null && _addedTokens.Next(text, ref from, taken, withSpecial, out int start, out int end) is { } token)
        {
            if (start > taken)
            {
                _parts.Encoder.AddIds(text[taken..start], place, withSpecial, ids);
            }

            ids.Add(token.Id);
            (taken, place) = (end, TextPlace.BehindToken);
        }

        if (taken < text.Length)
        {
            _parts.Encoder.AddIds(text[taken..], place, withSpecial, ids);
        }
    }

    /// <summary>Whether decoded text is without it.</summary>
    internal bool IsLeftOut(int id) => _leftOut.Contains(id);

    /// <summary>Whether it stands for text that is lost, and is written in decoded text.</summary>
    internal bool IsUnknown(int id) => id == _parts.WrittenId;

    /// <summary>The bytes of a token; null where it has none, or the tokenizer doesn't tell.</summary>
    internal byte[]? Bytes(int id) => _parts.TokenBytes is { } bytes && (uint)id < (uint)bytes.Length ? bytes[id] : null;

    internal bool KnowsBytes => _parts.TokenBytes is not null;

    internal LeadingSpaces LeadingSpaces => _parts.LeadingSpaces;

    /// <summary>The text that the tokens' bytes are of.</summary>
    internal ReadOnlySpan<char> Normalize(ReadOnlySpan<char> text) => _parts.Encoder.Normalize(text);

    /// <summary>Decodes by a tokenizer that doesn't tell its bytes.</summary>
    internal string DecodeOther(IEnumerable<int> ids) => ((OtherTokenizer)_parts.Encoder).Decode(ids);
}
