using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Data;
using LongAlign.Distributed;
using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Needles;
using LongAlign.Losses;
using LongAlign.Models;
using LongAlign.Packing;
using LongAlign.Requests;
using LongAlign.Sequences;
using LongAlign.Training;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using static TorchSharp.torch;

namespace LongAlign.Solution.Tests.Documents;

/// <summary>
/// The names that the documents' code uses and does not declare. What a block declares itself hides the name here. The current folder is one of
/// <see cref="SnippetFiles"/>.
/// </summary>
#pragma warning disable CA1051, CA1707, IDE0032, SA1300 // Names are those of the documents: fields, in lower case.
public abstract class SnippetNames : IDisposable
{
    // The documents' GPU.
    protected readonly Device CUDA = CPU;

    protected readonly CancellationToken cancellationToken = CancellationToken.None;
    protected readonly int rank;
    protected readonly int epoch;
    protected readonly int gpus = 1;
    protected readonly int nextStep = 1;
    protected readonly double learningRate = 1e-3;
    protected readonly string json = SnippetFiles.ConfigJson;
    protected readonly string apiKey = "a secret";

    protected readonly ModelTokenizer tokenizer = ModelTokenizer.Load("models/llama-2-7b");
    protected readonly CausalLanguageModel model = CausalLanguageModel.FromPretrained("models/llama-2-7b");
    protected readonly TokenizedDataset dataset;
    protected readonly PackingPlan plan;
    protected readonly AttentionCostModel cost = AttentionCostModel.Llama7B64k;
    protected readonly BalancedBatchSampler sampler;
    protected readonly WeightedPackingLoss packingLoss = new();
    protected readonly IProcessGroup group = SingleProcessGroup.Instance;

    protected readonly Display progress = new();
    protected readonly Display display = new();
    protected readonly ILogger logger = NullLogger.Instance;

    protected readonly IChatClient chatClient = new ScriptedClient();
    protected readonly IChatClient client = new ScriptedClient();
    protected readonly RequestRunnerOptions options = new();
    protected readonly IReadOnlyList<JudgeCase> cases = [new() { Id = "1", Prompt = "A long text. Who wrote it?", Query = "Who wrote it?", Answer = "Nobody.", Language = "en", Examples = [] }];

    protected readonly SamplingOptions sampling = new() { Model = "tuned", MaxOutputTokens = 32 };
    protected readonly JudgeOptions judging = new() { Sampling = new SamplingOptions { Model = "judge", MaxOutputTokens = 64 } };
    protected readonly string[] documents = ["The whale was seen in the morning, and nobody spoke of it.", "It was seen again at night."];
    protected NeedleMap map = new([new NeedleResult { Prompt = new NeedlePrompt { Length = 1_000, Depth = 50, Trial = 0, Needle = Needle.Draw(42, "1"), Text = "Where?", TokenCount = 990, ActualDepth = 50 }, Reply = "There.", Score = 0 }]);

    private FusedAdamW? _optimizer;
    private RequestJournal? _journal;

    protected SnippetNames()
    {
        dataset = ChatDataset.Load("long.jsonl").Tokenize(tokenizer, ChatTemplate.LongAlignLlama, maxLength: 65_536);
        plan = PackingAlgorithm.BestFitDecreasing.Pack(dataset.Lengths, capacity: 1_024);
        sampler = new BalancedBatchSampler(plan, dataset, cost, seed: 42);
    }

    protected PackedBatchCollator collator => new(dataset);

    protected BatchStep step => sampler.GetSteps(0).First();

    protected IReadOnlyList<nn.Module<Tensor, Tensor>> layers => [nn.Linear(8, 8)];

    protected Tensor hidden { get; set; } = randn(4, 8);

    protected ReadOnlySpan<int> lengths => dataset.Lengths;

    protected IEnumerable<TokenSequence> sequences => Enumerable.Range(0, dataset.Count).Select(i => dataset[i]);

    protected int[] promptIds => [1, 100, 200, 300];

    protected int[] otherPromptIds => [1, 400];

    protected RequestJournal journal => _journal ??= RequestJournal.Open("journal.jsonl");

    protected RequestRunner modelRunner => new(client, journal);

    protected RequestRunner judgeRunner => new(new ScriptedClient("Rating: [[7]]"), journal);

    protected RequestRunner otherJudge => judgeRunner;

    protected PromptLimit limit => new(tokenizer, ChatTemplate.LongAlignLlama, MaxTokens: 1_024);

    protected CausalLanguageModel baseModel => model;

    protected CausalLanguageModel tuned => model;

    protected ChatScores scoresOfBase => Scores("[[3]]", "[[5]]");

    protected ChatScores scoresOfTuned => Scores("[[4]]", "[[5]]");

    /// <summary>Scores as a chat test gives them, for documents that have several.</summary>
    protected ChatScores scores => scoresOfTuned;

    protected FusedAdamW optimizer => _optimizer ??= new FusedAdamW(model.parameters());

    // All sequences in one pack, as blocks make it that collate one.
    protected Tensor logits => randn(TotalTokens, tokenizer.VocabularySize);

    protected Tensor query => randn(TotalTokens, 4, 8);

    protected Tensor key => randn(TotalTokens, 2, 8);

    protected Tensor value => randn(TotalTokens, 2, 8);

    /// <summary>The loss of the first pack, with a graph.</summary>
    protected Tensor loss
    {
        get
        {
            PackedBatch batch = new PackedBatchCollator(dataset).Collate(plan[0]);
            return packingLoss.forward(model.forward(batch.InputIds, batch.PositionIds, batch.Layout), batch);
        }
    }

    private long TotalTokens => dataset.Report.TokenCount;

    /// <summary>The block of code.</summary>
    public abstract Task RunAsync();

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    private ChatScores Scores(params string[] replies) =>
        new([.. replies.Select((reply, i) => new CaseScore(new CaseAnswer { Case = cases[0] with { Id = $"{i}" }, Text = "Nobody.", FinishReason = "stop" }, [Verdict.Parse(reply)]))], 1, 10);

    protected virtual void Dispose(bool disposing)
    {
        _journal?.Dispose();
        _optimizer?.Dispose();
        packingLoss.Dispose();
        model.Dispose();
        chatClient.Dispose();
        client.Dispose();
    }
}
