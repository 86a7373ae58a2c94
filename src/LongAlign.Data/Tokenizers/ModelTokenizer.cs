using System.Buffers;
using System.Collections.Frozen;
using System.Collections.ObjectModel;
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
/// <remarks>Immutable. As thread-safe as the tokenizer; those of Microsoft.ML.Tokenizers are.</remarks>
public sealed class ModelTokenizer
{
    private static readonly string[] FilePatterns =
    [
        "tokenizer*", "tokenization_*.py", "*.tiktoken", "vocab.json", "merges.txt", "special_tokens_map.json", "added_tokens.json", "chat_template*", "generation_config.json",
    ];

    private readonly TokenizerParts _parts;
    private readonly SplitTokenizer? _split;
    private readonly SearchValues<string>? _addedTokens;
    private readonly string[] _longestFirst = [];
    private readonly FrozenSet<int> _specialIds;

    /// <summary>Takes any tokenizer.</summary>
    /// <param name="tokenizer">Turns text into ids and adds none of its own.</param>
    /// <param name="prefixIds">Ids before the first text of a sequence; for Llama the id that begins a sequence.</param>
    /// <param name="endOfSequenceId">The id that ends an answer.</param>
    /// <param name="vocabularySize">Ids run from 0 to this number - 1.</param>
    /// <param name="specialTokens">Ids of special tokens by name; none by default.</param>
    public ModelTokenizer(
        Tokenizer tokenizer, ReadOnlySpan<int> prefixIds, int endOfSequenceId, int vocabularySize, IReadOnlyDictionary<string, int>? specialTokens = null)
        : this(new TokenizerParts { Tokenizer = tokenizer, SpecialTokens = specialTokens ?? ReadOnlyDictionary<string, int>.Empty }, prefixIds.ToArray(), endOfSequenceId, vocabularySize)
    {
    }

    internal ModelTokenizer(TokenizerParts parts, int[] prefixIds, int endOfSequenceId, int vocabularySize)
    {
        ArgumentNullException.ThrowIfNull(parts.Tokenizer, "tokenizer");
        _parts = parts;
        _split = parts.Tokenizer.PreTokenizer is SplitPreTokenizer splitter ? new SplitTokenizer(parts.Tokenizer, splitter) : null;
        Prefix = prefixIds;
        EndOfSequenceId = endOfSequenceId;
        VocabularySize = vocabularySize;
        SpecialTokenFinder = new SpecialTokenFinder(parts.SpecialTokens.Keys);
        _specialIds = parts.SpecialTokens.Values.Concat(prefixIds).Append(endOfSequenceId).ToFrozenSet();
        if (parts.AddedTokens.Count > 0)
        {
            _longestFirst = [.. parts.AddedTokens.Keys.OrderByDescending(token => token.Length)];
            _addedTokens = SearchValues.Create(_longestFirst, StringComparison.Ordinal);
            _parts = parts with { TokenBytes = WithAddedTokens(parts, vocabularySize) };
        }
    }

    /// <summary>The tokenizer of text that begins a word. <see cref="Encode"/> also knows tokens that were added to the vocabulary.</summary>
    public Tokenizer Tokenizer => _parts.Tokenizer;

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

    /// <summary>Where it was loaded from; null where it was made of parts.</summary>
    internal string? Folder { get; private set; }

    /// <summary>The name of a special token; empty where the id is none that has a name.</summary>
    internal string NameOf(int id) => SpecialTokens.FirstOrDefault(token => token.Value == id).Key ?? "";

    internal bool ContinuesBehindAddedTokens => _parts.ContinuesBehindAddedTokens;

    /// <summary>
    /// Reads the tokenizer of a Hugging Face folder: SentencePiece (<c>tokenizer.model</c>: Llama 2, ChatGLM3), byte-level or
    /// SentencePiece-style BPE (<c>tokenizer.json</c>: Llama 3, Qwen, GPT-2), or tiktoken ranks (<c>tokenizer.model</c> of Llama 3,
    /// <c>qwen.tiktoken</c>). What the folder asks for and cannot be done exactly is refused by its name.
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
            // What the packages that read and build tokenizers come to over damage: a token twice, a text that is no UTF-8.
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

    /// <summary>Adds the ids of <see cref="Encode"/> to a list.</summary>
    internal void AddIds(ReadOnlySpan<char> text, bool continues, List<int> ids)
    {
        if (_addedTokens is null || text.IndexOfAny(_addedTokens) < 0)
        {
            AddIdsOfText(text, continues, ids);
            return;
        }

        for (int start = 0; start < text.Length;)
        {
            int next = text[start..].IndexOfAny(_addedTokens);
            int end = next < 0 ? text.Length : start + next;
            if (end > start)
            {
                AddIdsOfText(text[start..end], continues, ids);
            }

            if (next >= 0)
            {
                string token = LongestAddedToken(text[end..]);
                ids.Add(_parts.AddedTokens[token]);
                continues = _parts.ContinuesBehindAddedTokens;
                end += token.Length;
            }

            start = end;
        }
    }

    /// <summary>Turns ids into text; special tokens are left out.</summary>
    /// <param name="ids">The ids.</param>
    /// <returns>The text; bytes that are no UTF-8 become U+FFFD.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The vocabulary has no such id.</exception>
    public string Decode(ReadOnlySpan<int> ids)
    {
        TokenDecoder decoder = CreateDecoder();
        System.Text.StringBuilder text = new();
        foreach (int id in ids)
        {
            text.Append(decoder.Append(id));
        }

        return text.Append(decoder.Finish()).ToString();
    }

    /// <summary>Begins to turn ids into text one by one, as they are generated.</summary>
    /// <returns>The decoder, for one thread.</returns>
    public TokenDecoder CreateDecoder() => new(this);

    internal bool IsSpecial(int id) => _specialIds.Contains(id);

    /// <summary>The bytes of a token; null where the tokenizer doesn't tell.</summary>
    internal byte[]? Bytes(int id) => _parts.TokenBytes is { } bytes && (uint)id < (uint)bytes.Length ? bytes[id] : null;

    internal bool KnowsBytes => _parts.TokenBytes is not null;

    internal bool BeginsWithSpace => _parts.BeginsWithSpace;

    private static byte[]?[]? WithAddedTokens(TokenizerParts parts, int vocabularySize)
    {
        if (parts.TokenBytes is null)
        {
            return null;
        }

        byte[]?[] bytes = new byte[]?[vocabularySize];
        Array.Copy(parts.TokenBytes, bytes, Math.Min(bytes.Length, parts.TokenBytes.Length));
        foreach ((string token, int id) in parts.AddedTokens)
        {
            bytes[id] = System.Text.Encoding.UTF8.GetBytes(token);
        }

        return bytes;
    }

    /// <summary>The added token that a text begins with.</summary>
    private string LongestAddedToken(ReadOnlySpan<char> text)
    {
        int i = 0;
        while (!text.StartsWith(_longestFirst[i], StringComparison.Ordinal))
        {
            i++;
        }

        return _longestFirst[i];
    }

    private void AddIdsOfText(ReadOnlySpan<char> text, bool continues, List<int> ids)
    {
        Tokenizer tokenizer = continues && _parts.Continuing is not null ? _parts.Continuing : _parts.Tokenizer;
        if (_split is not null)
        {
            _split.AddIds(text, ids);
        }
        else if (tokenizer is SentencePieceBpe pieces)
        {
            pieces.AddIds(text, ids);
        }
        else
        {
            ids.AddRange(tokenizer.EncodeToIds(text));
        }
    }
}
