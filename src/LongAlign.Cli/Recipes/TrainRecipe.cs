using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LongAlign.Losses;

namespace LongAlign.Cli.Recipes;

/// <summary>The recipe of <c>longalign train</c>.</summary>
internal sealed record TrainRecipe
{
    [Description("The model to train.")]
    public required ModelRecipe Model { get; init; }

    [Description("Conversations to train on; or give a store.")]
    public ChatsRecipe? Chats { get; init; }

    [Description("The folder of a token store to train on, written by 'longalign tokenize'; or give chats.")]
    [RecipePath]
    public string? Store { get; init; }

    [Description("The folder for the model, checkpoints and reports.")]
    [RecipePath]
    public required string Out { get; init; }

    [Description("The batching of sequences.")]
    public BatchingRecipe Batching { get; init; } = new();

    [Description("The unit that counts the same in the loss: every sequence (the paper's loss weighting), every token, or every pack.")]
    public LossReduction LossWeighting { get; init; } = LossReduction.SequenceMean;

    [Description("The optimizer, AdamW.")]
    public OptimizerRecipe Optimizer { get; init; } = new();

    [Description("The learning rate over the run.")]
    public ScheduleRecipe Schedule { get; init; } = new();

    [Description("Trains low-rank adapters in place of the model, where a rank is set.")]
    public LoraRecipe Lora { get; init; } = new();

    [Description("Whether layers are computed again in the backward pass: less memory, a third more time.")]
    public bool GradientCheckpointing { get; init; }

    [Description("Several processes, started with 'mpirun -n N longalign train ...', and what they share.")]
    public RanksRecipe Ranks { get; init; } = new();

    [Description("The number of times that every sequence is seen.")]
    [Range(1, int.MaxValue)]
    public int Epochs { get; init; } = 2;

    [Description("Optimizer steps, in place of epochs.")]
    [Range(1, int.MaxValue)]
    public int? Steps { get; init; }

    [Description("The seed of the order of batches, the held-out conversations, and random weights.")]
    public ulong Seed { get; init; } = 42;

    [Description("The loss on held-out conversations during the run.")]
    public EvaluationRecipe Evaluation { get; init; } = new();

    [Description("The checkpoints of the run.")]
    public CheckpointsRecipe Checkpoints { get; init; } = new();

    [Description("Whether the run resumes from the newest whole checkpoint in the folder of 'out', and begins where there is none.")]
    public bool Resume { get; init; } = true;

    [Description("Whether steps and evaluations are also written for TensorBoard, beside run.jsonl.")]
    public bool TensorBoard { get; init; } = true;
}
