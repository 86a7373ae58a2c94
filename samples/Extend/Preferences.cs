using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Models;
using LongAlign.Sequences;
using LongAlign.Training;
using static TorchSharp.torch;

namespace Extend;

/// <summary>
/// DPO (Rafailov et al. 2023): of two answers to a prompt, the chosen one becomes likelier than the rejected one, compared with a frozen
/// reference model. A pair is one sequence of the dataset, the chosen answer first; the collator lays it as two.
/// </summary>
internal sealed class Preferences(CausalLanguageModel reference, double beta) : ITrainingLoss
{
    public IReadOnlyList<string> Metrics => ["preferred"];

    public IEnumerable<KeyValuePair<string, string>> Settings => [new("beta", FormattableString.Invariant($"{beta}"))];

    public LossShare Compute(ITrainableModel model, TrainingBatch batch)
    {
        Tensor ofReference;
        using (no_grad())
        {
            ofReference = MarginOf(reference, batch);
        }

        Tensor chosenOverRejected = MarginOf(model, batch) - ofReference;
        Tensor losses = -nn.functional.logsigmoid(beta * chosenOverRejected);
        return new LossShare(losses.sum() / batch.Totals.SequenceCount, chosenOverRejected.gt(0).sum() / (double)batch.Totals.SequenceCount);
    }

    /// <summary>The difference in log probability of the chosen and the rejected answer of each pair, [pairs].</summary>
    private static Tensor MarginOf(ITrainableModel model, TrainingBatch batch)
    {
        BatchTargets targets = BatchTargets.Of(batch);
        Tensor logProbabilities = -nn.functional.cross_entropy(TargetLogits.Of(model, batch, targets), targets.Ids, reduction: nn.Reduction.None);
        Tensor answers = targets.SumBySequence(logProbabilities).view(-1, 2);
        return answers.select(1, 0) - answers.select(1, 1);
    }

    /// <summary>Lays each pair of a micro-batch as two sequences that do not see each other.</summary>
    private sealed class PairCollator(IReadOnlyList<(TokenSequence Chosen, TokenSequence Rejected)> pairs) : IBatchCollator
    {
        public TrainingBatch Collate(MicroBatch microBatch)
            => PackedBatch.Of(microBatch.Indices.ToArray().SelectMany(pair => (TokenSequence[])[pairs[pair].Chosen, pairs[pair].Rejected]), microBatch.Totals);
    }

    public static async Task<string> RunAsync()
    {
        // Prompts of 8 tokens; the chosen answer counts upwards, the rejected one downwards.
        (TokenSequence Chosen, TokenSequence Rejected)[] pairs = [.. Enumerable.Range(0, 24).Select(i => (Answer(i, 1), Answer(i, -1)))];
        InMemoryDataset lengths = new(pairs.Select(pair => new TokenSequence(
            [.. pair.Chosen.InputIds, .. pair.Rejected.InputIds], [.. pair.Chosen.Labels, .. pair.Rejected.Labels])));
        using CausalLanguageModel reference = Tiny.Model();
        using CausalLanguageModel model = Tiny.Model();
        List<double> preferred = [];
        await LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(lengths)
            .UseBatching(new GlobalBatchSampler(lengths, globalBatchSize: 8, capacity: 128, seed: 42), new PairCollator(pairs))
            .UseLoss(new Preferences(reference, beta: 0.5)).UseAdamW(1e-3)
            .ReportProgress(new Progress(step => preferred.Add(step.Metrics["preferred"])))
            .Build().TrainAsync(epochs: 4);
        return FormattableString.Invariant($"the chosen answer is the likelier one in {preferred[0]:P0} of the pairs of the first step, {preferred[^1]:P0} of the last");
    }

    private static TokenSequence Answer(int pair, int direction)
    {
        int[] ids = [.. Enumerable.Range(0, 16).Select(t => 100 + (7 * pair) + (t < 8 ? t : 8 + (direction * t)))];
        return new TokenSequence(ids, [.. ids.Select((id, t) => t < 8 ? TokenSequence.IgnoreIndex : id)]);
    }

    private sealed class Progress(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
