using LongAlign.Requests;
using Microsoft.Extensions.AI;

namespace LongAlign.Data.SelfInstruct;

/// <summary>Makes the row of one document: questions, a draw, the answer, checks.</summary>
internal sealed class InstructionMaker(RequestRunner runner, LongInstructionOptions options, EvaluationOverlap overlap)
{
    private readonly SamplingOptions _asking = options.Questions ?? options.Answers;

    public async Task<InstructionResult> MakeAsync(SelectedDocument selected, CancellationToken cancellationToken)
    {
        InstructionTask task = DrawTask(selected);
        (IReadOnlyList<string> questions, RequestUsage questionUsage) = ([], default(RequestUsage));
        ModelReply? reply = null;
        for (int attempt = 0; questions.Count == 0; attempt++)
        {
            if (attempt == options.QuestionAttempts)
            {
                return InstructionResult.Dropped(selected, DropReason.NoQuestion, $"in {attempt} replies{(reply?.IsCutOff == true ? ", the last of which was cut off" : "")}");
            }

            RequestOutcome asked = await runner.SendAsync(QuestionRequest(selected, task, attempt), cancellationToken).ConfigureAwait(false);
            if (asked.Reply is null)
            {
                return InstructionResult.Dropped(selected, DropReason.RequestFailed, asked.Failure!.Message);
            }

            reply = asked.Reply;
            questions = Questions(reply);
            questionUsage = questionUsage.Add(reply.Usage);
        }

        int index = DrawQuestion(selected, questions.Count);
        string question = questions[index];
        if (overlap.IsIn(question))
        {
            return InstructionResult.Dropped(selected, DropReason.EvaluationOverlap, $"in the question: {question}");
        }

        RequestOutcome answered = await runner.SendAsync(AnswerRequest(selected, question), cancellationToken).ConfigureAwait(false);
        if (answered.Reply is not { } answer)
        {
            return InstructionResult.Dropped(selected, DropReason.RequestFailed, answered.Failure!.Message);
        }

        if (AnswerChecks.Check(answer, options) is { } fault)
        {
            return InstructionResult.Dropped(selected, fault, Opening(answer.Text));
        }

        if (overlap.IsIn(answer.Text))
        {
            return InstructionResult.Dropped(selected, DropReason.EvaluationOverlap, $"in the answer: {Opening(answer.Text)}");
        }

        if (options.ClosedBookShare is { } share)
        {
            RequestOutcome guessed = await runner.SendAsync(ClosedBookRequest(selected, question), cancellationToken).ConfigureAwait(false);
            if (guessed.Reply is not { } guess || (guess.IsCutOff && string.IsNullOrWhiteSpace(guess.Text)))
            {
                return InstructionResult.Dropped(selected, DropReason.RequestFailed, guessed.Failure?.Message ?? "the answer without the document was cut off before it began");
            }

            if (AnswerChecks.ShareKnown(question, answer.Text, guess.Text) >= share)
            {
                return InstructionResult.Dropped(selected, DropReason.AnsweredWithoutDocument, Opening(guess.Text));
            }
        }

        return InstructionResult.Made(selected, new LongInstruction(
            new ChatConversation(
                [new ChatMessage("user", TaskPrompts.Answer(selected.Document.Text, question)), new ChatMessage("assistant", answer.Text)],
                selected.Document.Source),
            new InstructionProvenance
            {
                DocumentId = selected.Document.Id,
                DocumentHash = selected.Hash,
                DocumentTokens = selected.Tokens,
                Language = selected.Language,
                Task = task,
                Seed = options.Seed,
                Question = question,
                QuestionIndex = index,
                QuestionsFound = questions.Count,
                Model = answer.Model,
                QuestionSampling = _asking,
                AnswerSampling = options.Answers,
                QuestionUsage = questionUsage,
                AnswerUsage = answer.Usage,
                FinishReason = answer.FinishReason,
                QuestionThoughts = options.KeepThoughts ? reply?.Thoughts : null,
                AnswerThoughts = options.KeepThoughts ? answer.Thoughts : null,
            }));
    }

    /// <summary>The requests that a document makes, as far as they are known; where the question is not, one of its longest likely length stands for it.</summary>
    public IEnumerable<ModelRequest> Foresee(SelectedDocument selected)
    {
        InstructionTask task = DrawTask(selected);
        ModelRequest asking = QuestionRequest(selected, task, 0);
        yield return asking;
        IReadOnlyList<string> questions = runner.FindReply(asking) is { } reply ? Questions(reply) : [];
        string question = questions.Count > 0 ? questions[DrawQuestion(selected, questions.Count)] : $"{selected.Document.Id} {new string('?', 300)}";
        yield return AnswerRequest(selected, question);
        if (options.ClosedBookShare is not null)
        {
            yield return ClosedBookRequest(selected, question);
        }
    }

    private static IReadOnlyList<string> Questions(ModelReply reply)
    {
        IReadOnlyList<string> questions = QuestionParser.Parse(reply.Text);

        // A reply cut at its most tokens ends within a question.
        return reply.IsCutOff ? [.. questions.SkipLast(1)] : questions;
    }

    private static string Opening(string text) => text.Length <= 80 ? text : text[..80] + "…";

    private InstructionTask DrawTask(SelectedDocument selected)
        => options.Tasks[new ItemRandom(options.Seed, selected.Document.Id, "task").Next(options.Tasks.Count)];

    private int DrawQuestion(SelectedDocument selected, int count) => new ItemRandom(options.Seed, selected.Document.Id, "question").Next(count);

    private ModelRequest QuestionRequest(SelectedDocument selected, InstructionTask task, int attempt)
        => Request(selected, "questions", TaskPrompts.Questions(selected.Document.Text, task, selected.Language), _asking) with { Repetition = attempt };

    private ModelRequest AnswerRequest(SelectedDocument selected, string question)
        => Request(selected, "answer", TaskPrompts.Answer(selected.Document.Text, question), options.Answers);

    private ModelRequest ClosedBookRequest(SelectedDocument selected, string question)
        => Request(selected, "closed book", TaskPrompts.ClosedBook(question, selected.Language), options.Answers);

    private static ModelRequest Request(SelectedDocument selected, string stage, string text, SamplingOptions sampling) => new()
    {
        ItemId = selected.Document.Id,
        Stage = stage,
        Messages = [new Microsoft.Extensions.AI.ChatMessage(ChatRole.User, text)],
        Sampling = sampling,
    };
}
