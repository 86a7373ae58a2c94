using Microsoft.ML.Tokenizers;

namespace LongAlign.Data;

/// <summary>A tokenizer with what a model adds to it: the ids that begin a sequence and the one that ends an answer.</summary>
/// <remarks>As thread-safe as the tokenizer; those of Microsoft.ML.Tokenizers are.</remarks>
public sealed class ModelTokenizer
{
    private const string SentencePieceFile = "tokenizer.model";

    private readonly int[] _prefixIds;

    /// <summary>Takes any tokenizer.</summary>
    /// <param name="tokenizer">Turns text into ids and adds none of its own.</param>
    /// <param name="prefixIds">Ids before the first text of a sequence; for Llama the id that begins a sequence.</param>
    /// <param name="endOfSequenceId">The id that ends an answer.</param>
    /// <param name="vocabularySize">Ids run from 0 to this number - 1.</param>
    public ModelTokenizer(Tokenizer tokenizer, ReadOnlySpan<int> prefixIds, int endOfSequenceId, int vocabularySize)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        Tokenizer = tokenizer;
        _prefixIds = prefixIds.ToArray();
        EndOfSequenceId = endOfSequenceId;
        VocabularySize = vocabularySize;
    }

    /// <summary>The tokenizer of text.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Ids before the first text of a sequence.</summary>
    public ReadOnlySpan<int> PrefixIds => _prefixIds;

    /// <summary>The id that ends an answer.</summary>
    public int EndOfSequenceId { get; }

    /// <summary>Ids run from 0 to this number - 1.</summary>
    public int VocabularySize { get; }

    /// <summary>Turns the messages before an answer into the ids that the answer follows, the same ids as in training.</summary>
    /// <param name="messages">The messages; the last is a question.</param>
    /// <param name="template">The chat template.</param>
    /// <returns>The ids, those that begin a sequence included.</returns>
    /// <exception cref="ChatDataException">The template has no place for a message.</exception>
    public int[] EncodePrompt(IEnumerable<ChatMessage> messages, ChatTemplate template)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentNullException.ThrowIfNull(template);

        // Behind an empty answer there is the end token alone.
        ChatConversation conversation = new([.. messages, new ChatMessage("assistant", "")], "the prompt");
        return new ChatTokenizer(this, template).Tokenize(conversation).InputIds[..^1];
    }

    /// <summary>Reads the tokenizer of a Hugging Face folder: SentencePiece, <c>tokenizer.model</c>, as Llama 2 has.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The tokenizer, which begins sequences with the model's own id for that.</returns>
    /// <exception cref="FileNotFoundException">The folder has no <c>tokenizer.model</c>; the message says what it has and what is supported.</exception>
    /// <exception cref="InvalidDataException">The file is no SentencePiece model.</exception>
    public static ModelTokenizer Load(string folder)
    {
        string path = Path.Combine(folder, SentencePieceFile);
        if (!File.Exists(path))
        {
            string[] found = Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*token*").Select(file => Path.GetFileName(file)!)] : [];
            throw new FileNotFoundException(
                $"There is no {SentencePieceFile} in {Path.GetFullPath(folder)} ({(found.Length > 0 ? $"there is {string.Join(", ", found)}" : "there is no tokenizer")}); SentencePiece models alone are supported.",
                path);
        }

        using MemoryStream file = new(File.ReadAllBytes(path));
        try
        {
            LlamaTokenizer tokenizer = LlamaTokenizer.Create(file, addBeginOfSentence: false, addEndOfSentence: false);
            return new ModelTokenizer(tokenizer, [tokenizer.BeginningOfSentenceId], tokenizer.EndOfSentenceId, tokenizer.Vocabulary.Count);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new InvalidDataException($"{path} is no SentencePiece model that can be read: {e.Message}", e);
        }
    }
}
