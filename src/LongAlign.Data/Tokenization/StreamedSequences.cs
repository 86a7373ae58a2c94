using System.Collections;
using LongAlign.Sequences;

namespace LongAlign.Data;

/// <summary>
/// Token sequences of conversations, in the order of the conversations, made on all cores while they are enumerated. Memory holds some
/// hundred conversations, whatever the size of the data.
/// </summary>
/// <remarks>Each enumeration reads the conversations again. One at a time.</remarks>
public sealed class StreamedSequences : IEnumerable<TokenSequence>
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(1);

    private readonly ChatDataset _chats;
    private readonly ChatTokenizer _tokenizer;
    private readonly TokenizationOptions _options;
    private DataReport? _reading;
    private DataReportBuilder _builder = new("tokenization");

    internal StreamedSequences(ChatDataset chats, ChatTokenizer tokenizer, TokenizationOptions options)
    {
        _chats = chats;
        _tokenizer = tokenizer;
        _options = options;
    }

    /// <summary>The tokenizer and template that make the sequences.</summary>
    internal (ModelTokenizer Tokenizer, ChatTemplate Template) Makers => (_tokenizer.Tokenizer, _tokenizer.Template);

    /// <summary>The report on the conversations enumerated so far, with that of reading once it is done.</summary>
    public DataReport Report => _reading is null ? _builder.Build() : _builder.Build().After(_reading);

    /// <summary>Makes the sequences.</summary>
    /// <returns>The sequences, in order.</returns>
    /// <exception cref="ChatDataException">While enumerating: a conversation is damaged, has no place in the template, or is too long where that is an error; the message names file and line.</exception>
    public IEnumerator<TokenSequence> GetEnumerator() => Read().Select(conversation => conversation.Sequence!).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The conversations that have a sequence.</summary>
    internal IEnumerable<TokenizedConversation> Read()
    {
        _reading = null;
        DataReportBuilder builder = _builder = new DataReportBuilder("tokenization");
        TimeSpan nextProgress = ProgressInterval;
        IEnumerable<TokenizedConversation> conversations = OrderedParallel.Select(
            _chats.Read(report => _reading = report), Tokenize, TemplateVariables.Length, _options.MaxConcurrency).SelectMany(results => results);
        foreach (TokenizedConversation conversation in conversations)
        {
            Count(builder, conversation);
            if (builder.Elapsed >= nextProgress)
            {
                nextProgress = builder.Elapsed + ProgressInterval;
                ReportProgress(builder);
            }

            if (conversation.Sequence is not null)
            {
                yield return conversation;
            }
        }

        ReportProgress(builder);
    }

    private void Count(DataReportBuilder builder, TokenizedConversation conversation)
    {
        if (conversation.Sequence is null)
        {
            builder.Skip(conversation.Reason!, conversation.Source, conversation.Detail);
            return;
        }

        builder.Keep(conversation.Sequence);
        if (conversation.Reason is not null)
        {
            builder.Change(conversation.Reason, conversation.Source, conversation.Detail);
        }

        foreach ((string reason, string? detail) in conversation.Changes)
        {
            builder.Change(reason, conversation.Source, detail);
        }

        if (conversation.BorderTokens > 0)
        {
            string what = _options.BorderTokens == BorderTokens.Split ? "tokens split at the border of what is learned" : "tokens across the border of what is learned, which go by their first character";
            builder.Change(what, conversation.Source, $"{conversation.BorderTokens} tokens");
        }
    }

    private IReadOnlyList<TokenizedConversation> Tokenize(ChatConversation conversation)
    {
        try
        {
            return _tokenizer.Tokenize(conversation);
        }
        catch (ChatDataException e) when (_options.SkipInvalid)
        {
            return [new TokenizedConversation(conversation.Source) { Reason = e.Reason, Detail = e.Detail }];
        }
    }

    private void ReportProgress(DataReportBuilder builder)
        => _options.Progress?.Report(new TokenizationProgress(builder.RowsIn, builder.TokenCount, builder.Elapsed));
}
