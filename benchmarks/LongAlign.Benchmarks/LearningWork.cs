using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Models;
using LongAlign.Packing;
using LongAlign.Samples;
using LongAlign.Sequences;
using LongAlign.Training;

namespace LongAlign.Benchmarks;

/// <summary>The quickstart's training with each batching at 12 sequences a step, and what it learned.</summary>
internal sealed class LearningWork
{
    private const int Capacity = SampleConversations.MaxLength;
    private const int SequencesPerStep = 12;
    private const int BatchSize = 4;
    private const int KeepOneOf = 4;
    private const int Epochs = 2;

    private readonly ISequenceDataset _dataset = SampleConversations.LoadTraining(KeepOneOf);
    private readonly ISequenceDataset _heldOut = SampleConversations.LoadHeldOut(oneOf: 1);

    /// <summary>Naive batching, to its end or so many steps.</summary>
    public LearnedRun Naive(ulong seed, int? steps = null) => Train(
        seed,
        builder => builder.UseSeed(seed).UseNaiveBatching(rows =>
        {
            rows.BatchSize = BatchSize;
            rows.GlobalBatchSize = SequencesPerStep;
        }),
        steps);

    /// <summary>Sorted batching's steps; its rows are laid one after another, which changes no loss and spares the padding.</summary>
    public LearnedRun Sorted(ulong seed) => Train(seed, builder => builder.UseBatching(
        new SortedBatchSampler(_dataset, BatchSize, seed) { AccumulationSteps = SequencesPerStep / BatchSize }, new PackedBatchCollator(_dataset)));

    /// <summary>Steps of 12 sequences, packed, to their end or so many.</summary>
    public LearnedRun StepsFirst(ulong seed, StepComposition composition, int? steps = null) => Train(
        seed,
        builder => builder.UseSeed(seed).UsePacking(packing =>
        {
            packing.Capacity = Capacity;
            packing.GlobalBatchSize = SequencesPerStep;
            packing.Composition = composition;
        }),
        steps);

    /// <summary>A pack a step, which has 12 sequences on average.</summary>
    public LearnedRun PacksFirst(ulong seed, IPackingAlgorithm algorithm) => Train(seed, builder => builder.UseSeed(seed).UsePacking(packing =>
    {
        packing.Capacity = Capacity;
        packing.PacksFirst = algorithm;
    }));

    private LearnedRun Train(ulong seed, Func<LongAlignTrainerBuilder, LongAlignTrainerBuilder> useBatching, int? steps = null)
    {
        using CausalLanguageModel model = CausalLanguageModel.Create(ModelConfig.Load(SampleConversations.ModelFolder), seed);
        LongAlignTrainer trainer = useBatching(LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(_dataset).UseAdamW(2e-3))
            .EvaluateEvery(int.MaxValue, _heldOut) // before the first step and after the last
            .Build();
        TrainingResult result = trainer.TrainStepsAsync(steps ?? (Epochs * trainer.Sampler.StepsPerEpoch)).GetAwaiter().GetResult();
        return new LearnedRun(result.Evaluations[^1].SequenceLoss, result.Steps, EpochEvenness.Of(trainer.Sampler).Share);
    }
}
