using LongAlign.Models.Llama;
using LongAlign.Sequences;

namespace LongContextStep;

/// <summary>The multiplications and additions of a step, from the shapes alone; a layer is computed twice forward.</summary>
/// <param name="Config">The model.</param>
/// <param name="Lengths">Tokens of each sequence.</param>
/// <param name="Targets">Tokens that are predicted.</param>
internal sealed record StepWork(LlamaConfig Config, int[] Lengths, long Targets)
{
    public const int HeadDim = 64;

    public int Tokens => Lengths.Sum();

    public int QueryWidth => Config.HeadCount * HeadDim;

    public int KeyWidth => Config.KeyValueHeadCount!.Value * HeadDim;

    /// <summary>The weights of a layer, [outputs, inputs].</summary>
    public (int Outputs, int Inputs)[] Projections =>
    [
        (QueryWidth, Config.HiddenSize), (KeyWidth, Config.HiddenSize), (KeyWidth, Config.HiddenSize), (Config.HiddenSize, QueryWidth),
        (Config.IntermediateSize, Config.HiddenSize), (Config.IntermediateSize, Config.HiddenSize), (Config.HiddenSize, Config.IntermediateSize),
    ];

    /// <summary>Weights of all layers.</summary>
    public long LinearParameters => Config.LayerCount * Projections.Sum(shape => (long)shape.Outputs * shape.Inputs);

    /// <summary>2 a weight and token, forward twice, and as much again for each of two gradients.</summary>
    public double ProjectionFlops => (2 + 2) * 2.0 * LinearParameters * Tokens;

    /// <summary>Half of 4 L² d forward (causal), twice; backward has five products where forward has two.</summary>
    public double AttentionFlops => Config.LayerCount * Lengths.Sum(length => (2 + 2.5) * 2.0 * length * length * QueryWidth);

    /// <summary>Logits and two gradients, of targets alone.</summary>
    public double LossFlops => 3 * 2.0 * Targets * Config.VocabularySize * Config.HiddenSize;

    public double Flops => ProjectionFlops + AttentionFlops + LossFlops;

    public static StepWork Of(LlamaConfig config, ISequenceDataset pack)
        => new(config, pack.Lengths.ToArray(), pack.TargetCounts.ToArray().Sum(count => (long)count));
}
