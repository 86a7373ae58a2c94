using System.Text;
using LongAlign.Chat;
using LongAlign.Data;
using LongAlign.Models;
using LongAlign.Models.Generation;
using LongAlign.Requests;
using Microsoft.Extensions.AI;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace LongAlign.Evaluation.Tests.LocalModels;

public sealed class LocalChatClientTests : IDisposable
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "data", "tiny-llama");

    private readonly ModelTokenizer _tokenizer = ModelTokenizer.Load(Folder);
    private readonly CausalLanguageModel _model = CausalLanguageModel.Create(ModelConfig.Load(Folder), seed: 5);
    private readonly LocalChatClient _client;

    public LocalChatClientTests() => _client = new LocalChatClient(_model, _tokenizer, ChatTemplate.LongAlignLlama, "tiny");

    public void Dispose()
    {
        _client.Dispose();
        _model.Dispose();
    }

    [Fact]
    public async Task A_reply_is_what_the_generator_makes_of_the_template()
    {
        int[] prompt = [.. _tokenizer.PrefixIds, .. _tokenizer.Encode("[INST]Who was it?[/INST]")];
        GenerationOptions generation = new() { MaxNewTokens = 12, Temperature = 0.8, TopK = 50, TopP = 0.9, Seed = 11 };
        GeneratedSequence expected = Assert.Single(new TokenGenerator(_model).Generate([prompt], generation));
        ChatResponse response = await _client.GetResponseAsync(
            "Who was it?", new ChatOptions { MaxOutputTokens = 12, Temperature = 0.8f, TopK = 50, TopP = 0.9f, Seed = 11 });
        Assert.Equal(_tokenizer.Decode([.. expected.TokenIds]), response.Text);
        Assert.Equal(prompt.Length, response.Usage!.InputTokenCount);
        Assert.Equal(expected.GeneratedTokenCount, response.Usage.OutputTokenCount);
        Assert.Equal(ChatFinishReason.Length, response.FinishReason);
        Assert.Equal("tiny", response.ModelId);
    }

    [Fact]
    public async Task Earlier_rounds_have_the_ids_of_training_and_the_system_message_stands_before_the_first_question()
    {
        int[] Ids(string text) => [.. _tokenizer.Encode(text)];
        int[] expected = [.. _tokenizer.PrefixIds, .. Ids("[INST]Be short.\nWho?[/INST]"), .. Ids("Lincoln."), _tokenizer.EndOfSequenceId, .. Ids("\n\n[INST]When?[/INST]")];
        IEnumerable<int> prompt = ChatTemplate.LongAlignLlama.EncodePrompt(
            _tokenizer, new LongAlign.Data.ChatMessage("user", "Be short.\nWho?"), new LongAlign.Data.ChatMessage("assistant", "Lincoln."), new LongAlign.Data.ChatMessage("user", "When?"));
        Assert.Equal(expected, prompt);
        ChatResponse response = await _client.GetResponseAsync(
            [new(ChatRole.System, "Be short."), new(ChatRole.User, "Who?"), new(ChatRole.Assistant, "Lincoln."), new(ChatRole.User, "When?")],
            new ChatOptions { MaxOutputTokens = 1 });
        Assert.Equal(expected.Length, response.Usage!.InputTokenCount);
    }

    [Fact]
    public async Task Instructions_stand_before_the_system_message()
    {
        int expected = ChatTemplate.LongAlignLlama.EncodePrompt(_tokenizer, new LongAlign.Data.ChatMessage("user", "Answer in verse.\nBe short.\nWho?")).Length;
        ChatResponse response = await _client.GetResponseAsync(
            [new(ChatRole.System, "Be short."), new(ChatRole.User, "Who?")], new ChatOptions { MaxOutputTokens = 1, Instructions = "Answer in verse." });
        Assert.Equal(expected, response.Usage!.InputTokenCount);
    }

    [Fact]
    public void The_client_gives_out_itself_its_model_and_its_metadata()
    {
        Assert.Same(_client, _client.GetService<IChatClient>());
        Assert.Same(_model, _client.GetService<CausalLanguageModel>());
        Assert.Equal("tiny", _client.GetService<ChatClientMetadata>()?.DefaultModelId);
        Assert.Null(_client.GetService<string>());
        Assert.Null(_client.GetService(typeof(CausalLanguageModel), "a key"));
    }

    [Fact]
    public async Task Streamed_pieces_make_up_the_whole_reply()
    {
        ChatOptions options = new() { MaxOutputTokens = 40, Temperature = 1, Seed = 3 };
        List<ChatResponseUpdate> updates = [];
        await foreach (ChatResponseUpdate update in _client.GetStreamingResponseAsync([new ChatMessage(ChatRole.User, "Tell me.")], options))
        {
            updates.Add(update);
        }

        Assert.True(updates.Count > 10);
        Assert.Equal((await _client.GetResponseAsync("Tell me.", options)).Text, string.Concat(updates.Select(update => update.Text)));
        Assert.Single(updates, update => update.FinishReason is not null);
        Assert.Single(updates.SelectMany(update => update.Contents).OfType<UsageContent>());
    }

    [Fact]
    public async Task A_stop_sequence_ends_the_reply_before_itself()
    {
        ChatOptions options = new() { MaxOutputTokens = 40, Temperature = 1, Seed = 3 };
        string whole = (await _client.GetResponseAsync("Tell me.", options)).Text;
        string stop = whole[14..18];
        options.StopSequences = ["never at all", stop];
        ChatResponse response = await _client.GetResponseAsync("Tell me.", options);
        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], response.Text);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.True(response.Usage!.OutputTokenCount < 40);
    }

    [Fact]
    public async Task A_stop_token_ends_the_reply_and_is_no_part_of_it()
    {
        ChatResponse free = await _client.GetResponseAsync("Tell me.", new ChatOptions { MaxOutputTokens = 1 });
        int first = new TokenGenerator(_model).Generate(
            [ChatTemplate.LongAlignLlama.EncodePrompt(_tokenizer, new LongAlign.Data.ChatMessage("user", "Tell me."))], new GenerationOptions { MaxNewTokens = 1 })[0].TokenIds[0];
        using LocalChatClient client = new(_model, _tokenizer, ChatTemplate.LongAlignLlama, "tiny", new GenerationOptions { StopTokenIds = [first] });
        ChatResponse response = await client.GetResponseAsync("Tell me.");
        Assert.NotEqual("", free.Text);
        Assert.Equal("", response.Text);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.Equal(1, response.Usage!.OutputTokenCount);
    }

    [Fact]
    public async Task Cancelling_ends_a_reply_and_the_next_one_gets_its_turn()
    {
        using CancellationTokenSource cancellation = new();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ChatResponseUpdate update in _client.GetStreamingResponseAsync(
                [new ChatMessage(ChatRole.User, "Tell me.")], new ChatOptions { MaxOutputTokens = 200 }, cancellation.Token))
            {
                await cancellation.CancelAsync();
            }
        });
        Assert.Equal(2, (await _client.GetResponseAsync("Tell me.", new ChatOptions { MaxOutputTokens = 2 })).Usage!.OutputTokenCount);
    }

    [Fact]
    public async Task Requests_at_once_take_turns_and_get_what_each_gets_alone()
    {
        ChatOptions options = new() { MaxOutputTokens = 8, Temperature = 1, Seed = 1 };
        string[] questions = ["One?", "Two, and more?", "Three?"];
        ChatResponse[] together = await Task.WhenAll(questions.Select(question => _client.GetResponseAsync(question, options)));
        for (int i = 0; i < questions.Length; i++)
        {
            Assert.Equal((await _client.GetResponseAsync(questions[i], options)).Text, together[i].Text);
        }
    }

    [Fact]
    public async Task What_the_client_cannot_do_is_refused_by_name()
    {
        async Task Refuse(string expected, ChatOptions? options, AIContent? content = null)
        {
            ChatMessage message = new(ChatRole.User, [content ?? new TextContent("Hello")]);
            NotSupportedException e = await Assert.ThrowsAsync<NotSupportedException>(() => _client.GetResponseAsync([message], options));
            Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        }

        await Refuse("the tool 'weather'", new ChatOptions { Tools = [AIFunctionFactory.Create(() => 1, "weather")] });
        await Refuse("response format", new ChatOptions { ResponseFormat = ChatResponseFormat.Json });
        await Refuse("frequency penalty", new ChatOptions { FrequencyPenalty = 1 });
        await Refuse("presence penalty", new ChatOptions { PresencePenalty = -1 });
        await Refuse("a conversation", new ChatOptions { ConversationId = "1" });
        await Refuse("'gpt-4'", new ChatOptions { ModelId = "gpt-4" });
        await Refuse("UriContent", null, new UriContent("https://example.org/a.png", "image/png"));
        await Refuse("positions", null, new TextContent(string.Concat(Enumerable.Repeat("a b ", _model.MaxPositions))));
        await Assert.ThrowsAsync<ArgumentException>(() => _client.GetResponseAsync("Hello", new ChatOptions { TopP = 2 }));
        await Assert.ThrowsAsync<ChatDataException>(() => _client.GetResponseAsync([new ChatMessage(ChatRole.Assistant, "Hello")]));
    }

    [Fact]
    public async Task A_request_runner_asks_it_and_its_journal_answers_the_second_time()
    {
        using TemporaryFolder folder = new();
        ModelRequest request = new()
        {
            ItemId = "1",
            Stage = "answer",
            Messages = [new(ChatRole.User, "Tell me.")],
            Sampling = new SamplingOptions { Model = "tiny", MaxOutputTokens = 6 },
        };
        string[] texts = new string[2];
        for (int run = 0; run < 2; run++)
        {
            using RequestJournal journal = RequestJournal.Open(folder.File("journal.jsonl"));
            using RequestRunner runner = new(_client, journal);
            texts[run] = (await runner.SendAsync(request)).Reply!.Text;
            Assert.Equal(1 - run, runner.Report.Stages[0].Calls);
        }

        Assert.Equal(texts[0], texts[1]);
    }

    [Fact]
    public void Added_tokens_are_text_of_an_answer_and_special_ones_and_padding_are_not()
    {
        using TemporaryFolder folder = new();
        File.Copy(Path.Combine(Folder, "tokenizer.model"), folder.File("tokenizer.model"));
        folder.Write("tokenizer_config.json", """{"bos_token":"<s>","eos_token":"</s>","added_tokens_decoder":{"8000":{"content":"<think>"},"8001":{"content":"</think>"}}}""");
        ModelTokenizer tokenizer = ModelTokenizer.Load(folder);
        AnswerText answer = new(tokenizer, []);
        int[] ids = [tokenizer.PrefixIds[0], .. tokenizer.Encode("<think>So it is.</think> Yes"), tokenizer.VocabularySize + 5];
        Assert.Equal("<think>So it is.</think> Yes", string.Concat(ids.Select(answer.Append)) + answer.End());
    }

    [Fact]
    public void Characters_of_several_tokens_come_whole()
    {
        string text = "Ein Haus – 龙 und 🐉.";
        AnswerText answer = new(_tokenizer, []);
        StringBuilder streamed = new();
        foreach (int id in _tokenizer.Encode(text))
        {
            string piece = answer.Append(id);
            Assert.DoesNotContain('\uFFFD', piece);
            streamed.Append(piece);
        }

        Assert.Equal(text, streamed.Append(answer.End()).ToString());
    }
}
