using LongAlign.Sequences;

namespace LongContextStep;

/// <summary>The multiplications and additions of a step, from the shapes alone; a layer is computed twice forward.</summary>
/// <param name="Lengths">Tokens of each sequence.</param>
/// <param name="Targets">Tokens that are predicted.</param>
internal sealed record StepWork(int[] Lengths, long Targets)
{
    private const int QueryWidth = StepModel.Heads * StepModel.HeadDim;
    private const int KeyWidth = StepModel.KeyValueHeads * StepModel.HeadDim;

    public int Tokens => Lengths.Sum();

    /// <summary>The weights of a layer, [outputs, inputs].</summary>
    public static (int Outputs, int Inputs)[] Projections =>
    [
        (QueryWidth, StepModel.Hidden), (KeyWidth, StepModel.Hidden), (KeyWidth, StepModel.Hidden), (StepModel.Hidden, QueryWidth),
        (StepModel.Intermediate, StepModel.Hidden), (StepModel.Intermediate, StepModel.Hidden), (StepModel.Hidden, StepModel.Intermediate),
    ];

    /// <summary>Weights of all layers.</summary>
    public static long LinearParameters => StepModel.Layers * Projections.Sum(shape => (long)shape.Outputs * shape.Inputs);

    /// <summary>2 a weight and token, forward twice, and as much again for each of two gradients.</summary>
    public double ProjectionFlops => (2 + 2) * 2.0 * LinearParameters * Tokens;

    /// <summary>Half of 4 L² d forward (causal), twice; backward has five products where forward has two.</summary>
    public double AttentionFlops => StepModel.Layers * Lengths.Sum(length => (2 + 2.5) * 2.0 * length * length * QueryWidth);

    /// <summary>Logits and two gradients, of targets alone.</summary>
    public double LossFlops => 3 * 2.0 * Targets * StepModel.Vocabulary * StepModel.Hidden;

    public double Flops => ProjectionFlops + AttentionFlops + LossFlops;

    public static StepWork Of(ISequenceDataset pack)
        => new(pack.Lengths.ToArray(), pack.TargetCounts.ToArray().Sum(count => (long)count));
}
