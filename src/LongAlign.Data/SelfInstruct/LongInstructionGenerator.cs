using System.Runtime.CompilerServices;
using System.Text;
using LongAlign.Native;
using LongAlign.Requests;
using Microsoft.Extensions.AI;

namespace LongAlign.Data.SelfInstruct;

/// <summary>
/// Makes long instruction data as the paper does (section 3.2): from each document an LLM makes five questions of one of four kinds, one
/// is drawn, and the LLM answers it with the document before it.
/// </summary>
/// <example>
/// <code>
/// using RequestJournal journal = RequestJournal.Open("out/journal.jsonl");
/// LongInstructionGenerator generator = new(chatClient, journal, new LongInstructionOptions
/// {
///     Answers = new SamplingOptions { Model = "gpt-4o", MaxOutputTokens = 2_048, Temperature = 1 },
///     CountTokens = tokenizer.CountTokens,
/// });
/// IEnumerable&lt;SourceDocument&gt; documents = DocumentFiles.Read("documents");
/// Console.WriteLine(generator.DryRun(documents));    // tokens and price at worst; no call is made
/// Console.WriteLine(await generator.WriteAsync(documents, "out/long.jsonl"));
/// </code>
/// </example>
/// <remarks>
/// What comes out depends on the documents, the options and the replies alone: not on concurrency, nor on how often a run was killed and
/// gone on with. The two requests of a document follow each other and begin alike, while a provider's prompt cache still has the document;
/// questions that are much like earlier ones are therefore found after their answer is paid for. For one thread.
/// </remarks>
public sealed class LongInstructionGenerator
{
    private readonly IChatClient _client;
    private readonly RequestJournal _journal;
    private readonly LongInstructionOptions _options;
    private readonly RequestRunnerOptions _requests;

    /// <summary>Makes a generator.</summary>
    /// <param name="client">The provider; owned by the caller.</param>
    /// <param name="journal">The journal that keeps replies; owned by the caller. A new run over it asks only for what is missing.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public LongInstructionGenerator(IChatClient client, RequestJournal journal, LongInstructionOptions options)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(journal);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxTokens, options.MinTokens, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.QuestionAttempts, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.EvaluationPiece, 1, nameof(options));
        if (options.Tasks.Count == 0)
        {
            throw new ArgumentException("There is no task; expected at least one.", nameof(options));
        }

        _client = client;
        _journal = journal;
        _options = options;
        _requests = options.Requests with { CountTokens = options.CountTokens };
    }

    /// <summary>The report on the documents of the last run.</summary>
    /// <value>Null before the first run ended.</value>
    public LongInstructionReport? Report { get; private set; }

    /// <summary>Estimates the highest cost of a run; makes no call.</summary>
    /// <param name="documents">The documents; enumerated twice.</param>
    /// <returns>Requests, tokens and price of what the journal does not have. Questions that have to be asked for again are not in it.</returns>
    /// <exception cref="InvalidDataException">A document is damaged, or two have the same id.</exception>
    public CostEstimate DryRun(IEnumerable<SourceDocument> documents)
    {
        ArgumentNullException.ThrowIfNull(documents);
        EvaluationOverlap overlap = new(_options.EvaluationTexts, _options.EvaluationPiece);
        DocumentSelection selection = DocumentSelection.Choose(documents, _options, overlap, new ReportBuilder());
        using RequestRunner runner = new(_client, _journal, _requests);
        return runner.Estimate(selection.Read(documents).SelectMany(new InstructionMaker(runner, _options, overlap).Foresee));
    }

    /// <summary>Makes rows.</summary>
    /// <param name="documents">The documents; enumerated twice, which must give the same. Those chosen are in memory a few at a time.</param>
    /// <param name="cancellationToken">Stops the run; what was answered is in the journal.</param>
    /// <returns>The rows, in the order of the documents.</returns>
    /// <exception cref="InvalidDataException">A document is damaged, or two have the same id.</exception>
    /// <exception cref="RequestRunException">The run can't go on, or no request got a reply.</exception>
    public async IAsyncEnumerable<LongInstruction> GenerateAsync(
        IEnumerable<SourceDocument> documents, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        EvaluationOverlap overlap = new(_options.EvaluationTexts, _options.EvaluationPiece);
        ReportBuilder report = new();
        QuestionMemory? memory = _options.QuestionSimilarity is { } similarity ? new QuestionMemory(similarity) : null;
        DocumentSelection selection = DocumentSelection.Choose(documents, _options, overlap, report);
        using RequestRunner runner = new(_client, _journal, _requests);
        InstructionMaker maker = new(runner, _options, overlap);
        try
        {
            await foreach (InstructionResult result in runner.RunAsync(selection.Read(documents), maker.MakeAsync, cancellationToken).ConfigureAwait(false))
            {
                if (result.Row is not { } row)
                {
                    report.Drop(result.Id, result.Reason, result.Detail);
                }
                else if (memory?.FindOrAdd(result.Id, row.Provenance.Question) is { } other)
                {
                    report.Drop(result.Id, DropReason.SimilarQuestion, $"as of {other}: {row.Provenance.Question}");
                }
                else
                {
                    report.Keep(row.Provenance);
                    yield return row;
                }
            }
        }
        finally
        {
            Report = report.Build(runner.Report);
        }
    }

    /// <summary>Makes rows and writes them as JSON Lines: <c>{"messages":[…],"provenance":{…}}</c>.</summary>
    /// <param name="documents">The documents; enumerated twice, which must give the same.</param>
    /// <param name="path">The file, which appears under its name when it is whole; replaced if it exists.</param>
    /// <param name="cancellationToken">Stops the run; what was answered is in the journal.</param>
    /// <returns>The report on the documents.</returns>
    /// <exception cref="InvalidDataException">A document is damaged, or two have the same id.</exception>
    /// <exception cref="RequestRunException">The run can't go on, or no request got a reply.</exception>
    public async Task<LongInstructionReport> WriteAsync(IEnumerable<SourceDocument> documents, string path, CancellationToken cancellationToken = default)
    {
        using AtomicFiles files = new();
        StreamWriter file = new(files.Create(path), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\n" };
        await using (file.ConfigureAwait(false))
        {
            await foreach (LongInstruction row in GenerateAsync(documents, cancellationToken).ConfigureAwait(false))
            {
                await file.WriteLineAsync(InstructionJson.ToLine(row).AsMemory(), cancellationToken).ConfigureAwait(false);
            }
        }

        files.Commit();
        return Report!;
    }
}
