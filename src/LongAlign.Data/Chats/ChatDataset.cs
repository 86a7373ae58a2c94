using System.Collections;

namespace LongAlign.Data;

/// <summary>Conversations of files, folders or anywhere, read when they are enumerated.</summary>
/// <example>
/// <code>
/// TokenizedDataset dataset = ChatDataset.Load("long.jsonl.zst", "sharegpt/", "hub/**/*.parquet")
///     .Tokenize(ModelTokenizer.Load("models/llama-2-7b"), ChatTemplate.LongAlignLlama, maxLength: 65_536);
/// Console.WriteLine(dataset.Report);    // rows, tokens, targets; what was skipped or cut, and why
/// </code>
/// </example>
public sealed class ChatDataset : IEnumerable<ChatConversation>
{
    /// <summary>Takes conversations from anywhere.</summary>
    /// <param name="conversations">Enumerated once for each pass.</param>
    public ChatDataset(IEnumerable<ChatConversation> conversations)
    {
        ArgumentNullException.ThrowIfNull(conversations);
        Source = new ChatSource(conversations.Select(conversation => new ChatRow(conversation)));
    }

    internal ChatDataset(ChatSource source) => Source = source;

    internal ChatSource Source { get; }

    /// <summary>Reads files one after another: <c>.parquet</c> (see <see cref="ChatParquet"/>), all others JSON, to a line or in an array (see <see cref="ChatJsonLines"/>).</summary>
    /// <param name="paths">Files, folders (all their files of chats, subfolders included) and patterns with <c>*</c> and <c>**</c>; several files in the order of their names.</param>
    /// <returns>The dataset; rows are read when it is enumerated, and a row that is not a conversation is an error.</returns>
    /// <exception cref="FileNotFoundException">There is no such file, or none in a folder or for a pattern.</exception>
    public static ChatDataset Load(params ReadOnlySpan<string> paths) => Load(paths.ToArray(), new ChatReadingOptions());

    /// <summary>Reads files one after another.</summary>
    /// <param name="paths">Files, folders and patterns, as for <see cref="Load(ReadOnlySpan{string})"/>.</param>
    /// <param name="options">The options of reading, such as the policy for rows that are not conversations.</param>
    /// <returns>The dataset; rows are read when it is enumerated.</returns>
    /// <exception cref="FileNotFoundException">There is no such file, or none in a folder or for a pattern.</exception>
    public static ChatDataset Load(IEnumerable<string> paths, ChatReadingOptions options)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(options);
        FolderFiles[] files = [.. paths.Select(ChatPaths.Expand)];
        return files.Length > 0
            ? new ChatDataset(ChatSource.OfFiles([.. files.SelectMany(found => found.Known)], [.. files.SelectMany(found => found.Others)], options))
            : throw new ArgumentException("There is no path; expected at least one file of chats.", nameof(paths));
    }

    /// <summary>Reads the conversations and says what became of the rows.</summary>
    /// <param name="report">Called when all rows are read, with the report of this stage and those before.</param>
    /// <returns>The conversations, read as they are asked for.</returns>
    /// <exception cref="ChatDataException">While enumerating: a row is not a conversation; the message names file and line.</exception>
    public IEnumerable<ChatConversation> Read(Action<DataReport> report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return ReadAll(report);
    }

    /// <summary>Turns every conversation into a token sequence by the model's own chat template, held in memory; the document of one that is too long is cut.</summary>
    /// <param name="tokenizer">The model's tokenizer, of a folder with a chat template.</param>
    /// <param name="maxLength">The most tokens of a sequence.</param>
    /// <returns>The sequences, in order. Conversations without a target token are left out and reported.</returns>
    /// <exception cref="ChatDataException">A conversation is damaged or has no place in the template; the message names file and line.</exception>
    /// <exception cref="ArgumentException">The tokenizer's folder has no chat template, or no sequence comes out.</exception>
    public TokenizedDataset Tokenize(ModelTokenizer tokenizer, int maxLength)
        => Tokenize(tokenizer, new TokenizationOptions { MaxLength = maxLength });

    /// <summary>Turns every conversation into a token sequence by the model's own chat template, on all cores; the sequences are held in memory.</summary>
    /// <param name="tokenizer">The model's tokenizer, of a folder with a chat template.</param>
    /// <param name="options">The options, such as the policy for conversations that are too long or don't fit the template.</param>
    /// <inheritdoc cref="Tokenize(ModelTokenizer, int)" path="/returns|/exception"/>
    public TokenizedDataset Tokenize(ModelTokenizer tokenizer, TokenizationOptions options)
        => Tokenize(tokenizer, TemplateOf(tokenizer), options);

    /// <summary>Turns every conversation into a token sequence, held in memory; the document of one that is too long is cut.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="template">The model's chat template.</param>
    /// <param name="maxLength">The most tokens of a sequence.</param>
    /// <returns>The sequences, in order. Conversations without a target token are left out and reported.</returns>
    /// <exception cref="ChatDataException">A conversation is damaged or has no place in the template; the message names file and line.</exception>
    /// <exception cref="ArgumentException">No sequence comes out.</exception>
    public TokenizedDataset Tokenize(ModelTokenizer tokenizer, ChatTemplate template, int maxLength)
        => Tokenize(tokenizer, template, new TokenizationOptions { MaxLength = maxLength });

    /// <summary>Turns every conversation into a token sequence, on all cores; the sequences are held in memory.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="template">The model's chat template.</param>
    /// <param name="options">The options, such as the policy for conversations that are too long or don't fit the template.</param>
    /// <inheritdoc cref="Tokenize(ModelTokenizer, ChatTemplate, int)" path="/returns|/exception"/>
    public TokenizedDataset Tokenize(ModelTokenizer tokenizer, ChatTemplate template, TokenizationOptions options)
        => TokenizedDataset.From(TokenizeStreaming(tokenizer, template, options));

    /// <summary>Turns every conversation into a token sequence, on all cores, in memory for a few of them: for data larger than memory.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="template">The model's chat template.</param>
    /// <param name="options">The options, such as the policy for conversations that are too long or don't fit the template.</param>
    /// <returns>The sequences, in order, made as they are asked for, and the report.</returns>
    public StreamedSequences TokenizeStreaming(ModelTokenizer tokenizer, ChatTemplate template, TokenizationOptions options)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(options);
        return new StreamedSequences(this, new ChatTokenizer(tokenizer, template, options), options);
    }

    /// <inheritdoc/>
    public IEnumerator<ChatConversation> GetEnumerator() => ReadAll(_ => { }).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static ChatTemplate TemplateOf(ModelTokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return tokenizer.Folder is { } folder && ChatTemplate.Exists(folder)
            ? ChatTemplate.Load(folder)
            : throw new ArgumentException($"The tokenizer's folder {tokenizer.Folder} has no chat template; expected a template beside the tokenizer, for example ChatTemplate.{nameof(ChatTemplate.LongAlignLlama)}.", nameof(tokenizer));
    }

    private IEnumerable<ChatConversation> ReadAll(Action<DataReport> report)
    {
        DataReportBuilder builder = new(Source.Stage);
        foreach (ChatRow row in Source.Read(builder))
        {
            yield return row.Conversation!;
        }

        report(Source.Before is { } before ? builder.Build().After(before) : builder.Build());
    }
}
