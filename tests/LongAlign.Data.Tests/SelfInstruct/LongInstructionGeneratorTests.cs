using System.Text.Json;
using LongAlign.Data.SelfInstruct;
using LongAlign.Requests;
using LongAlign.Requests.Tests;
using Microsoft.Extensions.AI;

namespace LongAlign.Data.Tests.SelfInstruct;

public class LongInstructionGeneratorTests
{
    [Fact]
    public async Task A_row_is_document_and_question_and_answer_with_all_that_it_came_from()
    {
        using TemporaryFolder folder = new();
        SourceDocument document = InstructionTest.Documents(1)[0];
        (LongInstruction[] rows, _) = await Run(folder, "journal", [document], InstructionTest.Options with { Seed = 5 });
        LongInstruction row = Assert.Single(rows);
        InstructionProvenance from = row.Provenance;
        Assert.Equal([new ChatMessage("user", $"{document.Text}\n\n{from.Question}"), new ChatMessage("assistant", "He sailed to port0.")], row.Conversation.Messages);
        Assert.Equal(("doc 0", document.GetHash(), document.Text.Length / 4, DocumentLanguage.English), (from.DocumentId, from.DocumentHash, from.DocumentTokens, from.Language));
        Assert.Equal((5, "m", "stop", 5L), (from.QuestionsFound, from.Model, from.FinishReason, from.Seed));
        Assert.Equal(new RequestUsage { InputTokens = 100, OutputTokens = 10 }, from.QuestionUsage);
        Assert.Contains($"in the {(from.QuestionIndex + 1) * 7}th week", from.Question, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Draws_do_not_depend_on_concurrency_and_files_are_equal_to_the_byte()
    {
        using TemporaryFolder folder = new();
        byte[]? first = null;
        foreach (int concurrency in (int[])[1, 3, 32])
        {
            using RequestJournal journal = RequestJournal.Open(folder.File($"journal {concurrency}"));
            Random random = new(concurrency);
            ScriptedClient client = new(async (text, call, token) =>
            {
                await Task.Delay(random.Next(3), token);
                return call == 1 && text.Length % 3 == 0 ? throw new StatusException(500, "once") : ScriptedClient.Reply(InstructionTest.Answer(text));
            });
            LongInstructionGenerator generator = new(client, journal, InstructionTest.Options with { Requests = RequestTest.Quick with { MaxConcurrency = concurrency } });
            LongInstructionReport report = await generator.WriteAsync(InstructionTest.Documents(40), folder.File("rows.jsonl"));
            Assert.Equal((40, 40), (report.Data.RowsIn, report.Data.RowsOut));
            Assert.Equal(40, report.Data.Lengths.Count);
            byte[] bytes = File.ReadAllBytes(folder.File("rows.jsonl"));
            Assert.Equal(first ??= bytes, bytes);
        }
    }

    [Fact]
    public async Task The_file_is_chat_rows_with_provenance()
    {
        using TemporaryFolder folder = new();
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        LongInstructionGenerator generator = new(new ScriptedClient((text, _) => InstructionTest.Answer(text)), journal, InstructionTest.Options);
        await generator.WriteAsync(InstructionTest.Documents(3), folder.File("rows.jsonl"));
        string[] lines = File.ReadAllLines(folder.File("rows.jsonl"));
        Assert.Equal(3, lines.Length);
        JsonElement row = JsonDocument.Parse(lines[0]).RootElement;
        Assert.Equal("assistant", row.GetProperty("messages")[1].GetProperty("role").GetString());
        JsonElement provenance = row.GetProperty("provenance");
        Assert.Equal("doc 0", provenance.GetProperty("document_id").GetString());
        Assert.Equal(100, provenance.GetProperty("answer_sampling").GetProperty("max_output_tokens").GetInt32());
        Assert.Equal(10, provenance.GetProperty("answer_usage").GetProperty("output_tokens").GetInt32());
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Tasks_and_questions_are_drawn_evenly()
    {
        using TemporaryFolder folder = new();
        (LongInstruction[] rows, LongInstructionReport report) = await Run(folder, "journal", InstructionTest.Documents(400), InstructionTest.Options with { QuestionSimilarity = null });

        // 100 and 80 expected; four standard deviations are 35 and 32.
        Assert.All(Enum.GetValues<InstructionTask>(), task => Assert.InRange(report.RowsByTask[task], 65, 135));
        Assert.All(rows.GroupBy(row => row.Provenance.QuestionIndex), group => Assert.InRange(group.Count(), 48, 112));

        // One does not depend on the other, and both depend on the seed: a quarter and a fifth of another seed's are the same.
        Assert.Equal(4 * 5, rows.Select(row => (row.Provenance.Task, row.Provenance.QuestionIndex)).Distinct().Count());
        (LongInstruction[] other, _) = await Run(folder, "journal 2", InstructionTest.Documents(400), InstructionTest.Options with { QuestionSimilarity = null, Seed = 1 });
        Assert.InRange(rows.Zip(other).Count(pair => pair.First.Provenance.Task == pair.Second.Provenance.Task), 65, 135);
        Assert.InRange(rows.Zip(other).Count(pair => pair.First.Provenance.QuestionIndex == pair.Second.Provenance.QuestionIndex), 48, 112);
    }

    [Fact]
    public async Task Every_reason_is_counted_and_nothing_is_lost()
    {
        using TemporaryFolder folder = new();
        string Long(string start) => $"{start} {new string('y', 60)}";
        SourceDocument[] documents =
        [
            .. InstructionTest.Documents(2),
            new("short", "tiny", "s"),
            new("long", new string('z', 9_000), "s"),
            new("russian", string.Concat(Enumerable.Repeat("слово ", 20)), "s"),
            new("again", InstructionTest.Documents(1)[0].Text, "s"),
            new("leaked", Long("The secret evaluation text that nobody should train on at all, ever, in any way."), "s"),
            new("failing", Long("Document failing"), "s"),
            new("mute", Long("Document mute"), "s"),
            new("refusing", Long("Document refusing"), "s"),
            new("empty", Long("Document empty"), "s"),
            new("cut", Long("Document cut"), "s"),
            new("known", Long("Document known"), "s"),
            new("like", Long("Document like"), "s"),
            new("quoting", Long("Document quoting"), "s"),
            new("reciting", Long("Document reciting"), "s"),
        ];
        ScriptedClient client = new((text, _, _) =>
        {
            string name = text.Split(' ')[1];
            bool isDocument = text.StartsWith("Document", StringComparison.Ordinal);
            bool asks = InstructionTest.IsForQuestions(text);
            return Task.FromResult((name, asks, isDocument) switch
            {
                ("failing", _, _) => throw new StatusException(400, "too long"),
                ("mute", true, _) => ScriptedClient.Reply("Sure!"),
                ("refusing", false, _) => ScriptedClient.Reply("I'm sorry, I can't."),
                ("empty", false, _) => ScriptedClient.Reply(" "),
                ("cut", false, _) => new ChatResponse(new Microsoft.Extensions.AI.ChatMessage(ChatRole.Assistant, "and then")) { FinishReason = ChatFinishReason.Length },
                ("known", true, _) => ScriptedClient.Reply("1: What known thing is it?\n2: What known thing is it, then?"),
                ("known", false, true) => ScriptedClient.Reply("Paris"),
                ("known", false, false) => ScriptedClient.Reply("It is Paris."),
                ("like", true, _) => ScriptedClient.Reply(InstructionTest.Answer("Document 0 5: ")),
                ("quoting", true, _) => ScriptedClient.Reply("1: Is this the secret evaluation text that nobody should train on at all, ever, in any way?"),
                ("reciting", false, true) => ScriptedClient.Reply("It is the secret evaluation text that nobody should train on at all, ever, in any way."),
                (_, _, true) => ScriptedClient.Reply(InstructionTest.Answer(text)),
                _ => ScriptedClient.Reply(text.StartsWith("What known", StringComparison.Ordinal) ? "It is Paris." : "unknown"),
            });
        });
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        LongInstructionGenerator generator = new(client, journal, InstructionTest.Options with
        {
            ClosedBookShare = 0.9,
            QuestionSimilarity = 0.6,
            EvaluationTexts = ["the secret evaluation text that nobody should train on at all ever in any way"],
            Seed = Enumerable.Range(0, 1_000).First(seed => new ItemRandom(seed, "like", "question").Next(5) == new ItemRandom(seed, "doc 0", "question").Next(5)),
        });
        LongInstruction[] rows = await generator.GenerateAsync(documents).ToArrayAsync();
        Assert.Equal(["doc 0", "doc 1"], rows.Select(row => row.Provenance.DocumentId));
        Assert.Equal(
            [
                ("short", DropReason.TooShort), ("long", DropReason.TooLong), ("russian", DropReason.OtherLanguage), ("again", DropReason.DuplicateDocument),
                ("leaked", DropReason.EvaluationOverlap), ("failing", DropReason.RequestFailed), ("mute", DropReason.NoQuestion), ("refusing", DropReason.Refusal),
                ("empty", DropReason.EmptyAnswer), ("cut", DropReason.CutAnswer), ("known", DropReason.AnsweredWithoutDocument), ("like", DropReason.SimilarQuestion),
                ("quoting", DropReason.EvaluationOverlap), ("reciting", DropReason.EvaluationOverlap),
            ],
            generator.Report!.Dropped.Select(dropped => (dropped.Id, dropped.Reason)));
        DataReport data = generator.Report.Data;
        Assert.Equal((documents.Length, 2, documents.Length - 2), (data.RowsIn, data.RowsOut, data.SkippedCount));
        Assert.Equal(rows.Sum(row => row.Provenance.DocumentTokens), data.TokenCount);
        Assert.Contains("skipped 1: Refusal (refusing: I'm sorry, I can't.)", generator.Report.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<think>", "</think>", false)]
    [InlineData("<think>", "</think>", true)]
    [InlineData("", "</think>", true)]
    [InlineData("content", "", true)]
    [InlineData("field", "", true)]
    public async Task Thoughts_are_in_no_question_and_no_answer(string begin, string end, bool isKept)
    {
        using TemporaryFolder folder = new();
        ScriptedClient client = new((text, _, _) =>
        {
            string thought = InstructionTest.IsForQuestions(text) ? "1: A plan?\n2: Another plan?" : "I cannot recall, but let me see.";
            string said = InstructionTest.Answer(text);
            Microsoft.Extensions.AI.ChatMessage message = begin switch
            {
                "content" => new(ChatRole.Assistant, [new TextReasoningContent(thought), new TextContent(said)]),
                "field" => new(ChatRole.Assistant, said) { AdditionalProperties = new() { ["reasoning_content"] = thought } },
                _ => new(ChatRole.Assistant, $"{begin}{thought}\n{end}\n\n{said}"),
            };
            return Task.FromResult(new ChatResponse(message) { FinishReason = ChatFinishReason.Stop });
        });
        for (int run = 0; run < 2; run++) // by calls, and from the journal
        {
            using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
            LongInstructionGenerator generator = new(client, journal, InstructionTest.Options with { KeepThoughts = isKept });
            LongInstruction row = await generator.GenerateAsync(InstructionTest.Documents(1)).SingleAsync();
            Assert.Equal(("He sailed to port0.", 5), (row.Conversation.Messages[1].Content, row.Provenance.QuestionsFound));
            Assert.StartsWith("Where did captain0", row.Provenance.Question, StringComparison.Ordinal);
            Assert.Equal(
                isKept ? ("1: A plan?\n2: Another plan?", "I cannot recall, but let me see.") : (null, null),
                (row.Provenance.QuestionThoughts, row.Provenance.AnswerThoughts));
            Assert.Equal(2, client.CallCount);
            string line = InstructionJson.ToLine(row);
            Assert.Equal(isKept, line.Contains("A plan?", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_reply_that_is_cut_off_within_its_thoughts_makes_no_row()
    {
        using TemporaryFolder folder = new();
        ScriptedClient client = new((text, _, _) =>
        {
            string name = text.Split(' ')[1];
            bool isCut = name == "0" || !InstructionTest.IsForQuestions(text);
            return Task.FromResult(new ChatResponse(new Microsoft.Extensions.AI.ChatMessage(ChatRole.Assistant, isCut ? "<think>1: What could be asked?\n2: Or this?" : InstructionTest.Answer(text)))
            {
                FinishReason = isCut ? ChatFinishReason.Length : ChatFinishReason.Stop,
            });
        });
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        LongInstructionGenerator generator = new(client, journal, InstructionTest.Options);
        Assert.Empty(await generator.GenerateAsync(InstructionTest.Documents(2)).ToArrayAsync());
        Assert.Equal(
            [("doc 0", DropReason.NoQuestion, "in 2 replies, the last of which was cut off"), ("doc 1", DropReason.CutAnswer, "")],
            generator.Report!.Dropped.Select(dropped => (dropped.Id, dropped.Reason, dropped.Detail)));
    }

    [Fact]
    public async Task Documents_without_a_token_count_as_rows_without_a_length()
    {
        using TemporaryFolder folder = new();
        LongInstructionOptions options = InstructionTest.Options with { MinTokens = 0, CountTokens = _ => 0, QuestionSimilarity = null };
        (LongInstruction[] rows, LongInstructionReport report) = await Run(folder, "journal", [.. InstructionTest.Documents(2)], options);
        Assert.Equal((2, 2, 0, 0), (rows.Length, report.Data.RowsOut, report.Data.TokenCount, report.Data.Lengths.Count));
    }

    [Fact]
    public async Task Documents_that_a_run_did_not_come_to_are_counted()
    {
        using TemporaryFolder folder = new();
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        ScriptedClient client = new((text, _, _) => Task.FromResult(ScriptedClient.Reply(InstructionTest.Answer(text))));
        LongInstructionGenerator generator = new(client, journal, InstructionTest.Options);
        await foreach (LongInstruction row in generator.GenerateAsync(InstructionTest.Documents(10)))
        {
            break;
        }

        DataReport data = generator.Report!.Data;
        Assert.Equal((10, 1), (data.RowsIn, data.RowsOut));
        Assert.Equal([("not reached", 9L)], data.Skipped.Select(rows => (rows.Reason, rows.Count)));
    }

    [Fact]
    public async Task Questions_are_asked_for_again_when_none_is_found()
    {
        using TemporaryFolder folder = new();
        ScriptedClient client = new((text, call) => InstructionTest.IsForQuestions(text) && call == 1 ? "Sure!" : InstructionTest.Answer(text));
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        LongInstruction row = await new LongInstructionGenerator(client, journal, InstructionTest.Options).GenerateAsync(InstructionTest.Documents(1)).SingleAsync();
        Assert.Equal(new RequestUsage { InputTokens = 200, OutputTokens = 20 }, row.Provenance.QuestionUsage); // both replies were paid for
    }

    [Fact]
    public async Task The_last_question_of_a_cut_reply_is_not_used()
    {
        using TemporaryFolder folder = new();
        ScriptedClient client = new((text, _, _) => Task.FromResult(InstructionTest.IsForQuestions(text)
            ? new ChatResponse(new Microsoft.Extensions.AI.ChatMessage(ChatRole.Assistant, "1: Is this whole?\n2: Is th")) { FinishReason = ChatFinishReason.Length }
            : ScriptedClient.Reply("Yes.")));
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        LongInstruction[] rows = await new LongInstructionGenerator(client, journal, InstructionTest.Options with { QuestionSimilarity = null })
            .GenerateAsync(InstructionTest.Documents(20)).ToArrayAsync();
        Assert.All(rows, row => Assert.Equal("Is this whole?", row.Provenance.Question));
    }

    [Fact]
    public async Task Both_requests_of_a_document_begin_with_it()
    {
        using TemporaryFolder folder = new();
        List<string> texts = [];
        ScriptedClient client = new((text, _) =>
        {
            texts.Add(text);
            return InstructionTest.Answer(text);
        });
        SourceDocument document = InstructionTest.Documents(1)[0];
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        await new LongInstructionGenerator(client, journal, InstructionTest.Options).GenerateAsync([document]).CountAsync();
        Assert.Equal(2, texts.Count);
        Assert.All(texts, text => Assert.StartsWith(document.Text + "\n\n", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Chinese_documents_get_Chinese_prompts()
    {
        using TemporaryFolder folder = new();
        string text = string.Concat(Enumerable.Repeat("子曰：学而时习之，不亦说乎？", 10));
        ScriptedClient client = new((prompt, _) => InstructionTest.IsForQuestions(prompt) && prompt.Contains("以上是一篇文档", StringComparison.Ordinal) ? "1：问？\n2：答？" : "好。");
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        LongInstruction row = await new LongInstructionGenerator(client, journal, InstructionTest.Options).GenerateAsync([new("zh", text, "s")]).SingleAsync();
        Assert.Equal((DocumentLanguage.Chinese, 2), (row.Provenance.Language, row.Provenance.QuestionsFound));
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Longer_documents_are_drawn_more_often_and_the_same_ones_each_time()
    {
        // Lengths 1 and 4: with exponent 1, long ones are drawn four times as often.
        SourceDocument[] documents = [.. Enumerable.Range(0, 2_000).Select(i => new SourceDocument($"{i}", $"{i} {new string('x', i % 2 == 0 ? 96 : 396)}"[..(i % 2 == 0 ? 96 : 384)], "s"))];
        foreach ((double exponent, double ratio) in ((double, double)[])[(0, 1), (1, 4)])
        {
            using TemporaryFolder folder = new();
            LongInstructionOptions options = InstructionTest.Options with { MaxDocuments = 100, LengthExponent = exponent, QuestionSimilarity = null };
            (LongInstruction[] rows, LongInstructionReport report) = await Run(folder, "journal", documents, options);
            Assert.Equal((100, 1_900), (report.Data.RowsOut, report.Dropped.Count(dropped => dropped.Reason == DropReason.NotDrawn)));
            int longer = rows.Count(row => row.Provenance.DocumentTokens > 50);
            Assert.InRange(longer, (100 * ratio / (1 + ratio)) - 20, (100 * ratio / (1 + ratio)) + 20);
            (LongInstruction[] again, _) = await Run(folder, "journal 2", documents, options);
            Assert.Equal(rows.Select(row => row.Provenance), again.Select(row => row.Provenance));
        }
    }

    [Fact]
    public async Task A_dry_run_makes_no_call_and_bounds_what_the_run_costs()
    {
        using TemporaryFolder folder = new();
        ScriptedClient client = new((text, _, _) => Task.FromResult(ScriptedClient.Reply(InstructionTest.Answer(text), text.Length / 4, 60)));
        LongInstructionOptions options = InstructionTest.Options with
        {
            Requests = RequestTest.Quick with { Prices = new Dictionary<string, TokenPrice> { ["m"] = new(1, 5) } },
        };
        using RequestJournal journal = RequestJournal.Open(folder.File("journal"));
        LongInstructionGenerator generator = new(client, journal, options);
        CostEstimate estimate = generator.DryRun(InstructionTest.Documents(10));
        Assert.Equal((20, 0, 0), (estimate.Requests, estimate.FromJournal, client.CallCount));
        await generator.GenerateAsync(InstructionTest.Documents(10)).CountAsync();
        Assert.Equal(10 * 2 * 60 * 5 / 1e6m, generator.Report!.Requests.Cost - generator.Report.Requests.Stages.Sum(stage => stage.Usage.InputTokens / 1e6m));
        Assert.InRange(generator.Report.Requests.Cost, 0, estimate.Cost);
        Assert.Equal(new CostEstimate { Requests = 20, FromJournal = 20, Usage = default, Cost = 0 }, generator.DryRun(InstructionTest.Documents(10)));
    }

    [Fact]
    public async Task Two_documents_with_one_id_are_an_error()
    {
        using TemporaryFolder folder = new();
        InvalidDataException e = await Assert.ThrowsAsync<InvalidDataException>(
            () => Run(folder, "journal", [new("a", "text", "file, line 1"), new("a", "other", "file, line 2")], InstructionTest.Options));
        Assert.Equal("file, line 2: the id 'a' is that of file, line 1 too; expected another for each document.", e.Message);
    }

    [Fact]
    public async Task Documents_that_change_between_the_readings_are_an_error()
    {
        using TemporaryFolder folder = new();
        int reading = 0;
        IEnumerable<SourceDocument> Changing()
        {
            reading++;
            yield return InstructionTest.Documents(1)[0] with { Text = $"{reading} {new string('x', 100)}" };
        }

        await Assert.ThrowsAsync<InvalidDataException>(() => Run(folder, "journal", Changing(), InstructionTest.Options));
    }

    private static async Task<(LongInstruction[] Rows, LongInstructionReport Report)> Run(
        TemporaryFolder folder, string name, IEnumerable<SourceDocument> documents, LongInstructionOptions options)
    {
        using RequestJournal journal = RequestJournal.Open(folder.File(name));
        LongInstructionGenerator generator = new(new ScriptedClient((text, _) => InstructionTest.Answer(text)), journal, options);
        LongInstruction[] rows = await generator.GenerateAsync(documents).ToArrayAsync();
        return (rows, generator.Report!);
    }
}
