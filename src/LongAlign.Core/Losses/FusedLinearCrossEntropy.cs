using LongAlign.Native;
using LongAlign.Sequences;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Losses;

/// <summary>
/// Vocabulary projection and cross entropy in one, a few hundred rows at a time: logits of all tokens never exist, and rows without
/// a target are never projected. Time and memory grow with targets, not with tokens x vocabulary.
/// </summary>
/// <example>
/// <code>
/// Tensor hidden = randn(4, 256, requires_grad: true);    // states that predict the next token
/// Tensor head = randn(32_000, 256, requires_grad: true);
/// Tensor labels = tensor(new long[] { -100, 17, 4, 2 });    // the first row predicts nothing
/// Tensor weights = tensor(new[] { 0f, 1 / 3f, 1 / 3f, 1 / 3f });    // 1/N_i
/// FusedLinearCrossEntropy.Forward(hidden, head, labels, weights).backward();
/// </code>
/// </example>
/// <remarks>
/// The gradient of cross entropy needs nothing that comes after it, so both gradients are computed in the forward pass, chunk by
/// chunk, while the logits of the chunk are there; the backward pass only scales them. Where no gradient is wanted (under
/// <c>no_grad</c>, or of a frozen weight) none is computed.
/// </remarks>
public static class FusedLinearCrossEntropy
{
    /// <summary>Elements of a chunk of logits by default: 64 MB in float32.</summary>
    private const long ChunkElements = 1 << 24;

    /// <summary>Sum over rows of token weight x cross entropy of softmax(hidden weight^T).</summary>
    /// <param name="hiddenStates">The hidden state that predicts each label, [tokens, hidden]; float32 or bfloat16.</param>
    /// <param name="outputWeight">The vocabulary projection, [vocabulary, hidden], in the dtype of <paramref name="hiddenStates"/>.</param>
    /// <param name="labels">The id that each row predicts, int64 [tokens]; -100 where it predicts none.</param>
    /// <param name="tokenWeights">The factor of each row's cross entropy, float32 [tokens].</param>
    /// <param name="chunkSize">Rows projected at once; by default as many as make 64 MB of float32 logits.</param>
    /// <returns>
    /// A float32 scalar that the caller owns; 0 where there is no target. Softmax, loss and the sum of the weight's gradient over chunks are float32 in
    /// every dtype; products of matrices round to the dtype of the inputs.
    /// </returns>
    /// <exception cref="ArgumentException">Shapes or dtypes do not go together, or a label is outside the vocabulary (checked on the CPU).</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="chunkSize"/> is less than 1.</exception>
    public static Tensor Forward(Tensor hiddenStates, Tensor outputWeight, Tensor labels, Tensor tokenWeights, int? chunkSize = null)
    {
        TorchRuntime.EnsureAvailable();
        ArgumentNullException.ThrowIfNull(hiddenStates);
        ArgumentNullException.ThrowIfNull(outputWeight);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(tokenWeights);
        ArgumentOutOfRangeException.ThrowIfLessThan(chunkSize ?? 1, 1, nameof(chunkSize));
        ThrowIfShapesDiffer(hiddenStates, outputWeight, labels, tokenWeights);

        using DisposeScope scope = NewDisposeScope();
        Tensor rows = labels.ne(TokenSequence.IgnoreIndex).nonzero().squeeze(1);
        Tensor ids = labels.index_select(0, rows);
        ThrowIfOutside(ids, outputWeight.shape[0]);
        return OfTargets(hiddenStates.index_select(0, rows), outputWeight, ids, tokenWeights.index_select(0, rows), chunkSize)
            .Loss.MoveToOuterDisposeScope();
    }

    /// <summary>The same where every row has a target.</summary>
    /// <param name="hidden">[targets, hidden].</param>
    /// <param name="outputWeight">[vocabulary, hidden].</param>
    /// <param name="ids">int64 [targets].</param>
    /// <param name="weights">float32 [targets].</param>
    /// <param name="chunkSize">Rows projected at once.</param>
    internal static TargetLoss OfTargets(Tensor hidden, Tensor outputWeight, Tensor ids, Tensor weights, int? chunkSize = null)
    {
        using DisposeScope scope = NewDisposeScope();
        bool wantsHidden = is_grad_enabled() && hidden.requires_grad;
        bool wantsWeight = is_grad_enabled() && outputWeight.requires_grad;
        Tensor loss;
        Tensor crossEntropies;
        Tensor? hiddenGradient;
        Tensor? weightGradient;
        using (no_grad())
        {
            hiddenGradient = wantsHidden ? empty_like(hidden) : null;
            weightGradient = wantsWeight ? zeros_like(outputWeight, ScalarType.Float32) : null;
            crossEntropies = empty_like(weights);
            long step = chunkSize ?? Math.Max(1, ChunkElements / outputWeight.shape[0]);
            using LogitsChunk chunk = new(Math.Min(step, hidden.shape[0]), outputWeight);
            for (long start = 0; start < hidden.shape[0]; start += step)
            {
                using DisposeScope chunkScope = NewDisposeScope();
                long count = Math.Min(step, hidden.shape[0] - start);
                Tensor rows = hidden.narrow(0, start, count);
                crossEntropies.narrow(0, start, count).copy_(chunk.Project(rows, ids.narrow(0, start, count), weights.narrow(0, start, count)));
                chunk.AddGradients(rows, hiddenGradient?.narrow(0, start, count), weightGradient);
            }

            loss = (crossEntropies * weights).sum();

            // Saved for the backward pass, which may come much later.
            weightGradient = weightGradient?.to(outputWeight.dtype);
        }

        loss = hiddenGradient is null ? loss : loss + ZeroWithGradient(hidden, hiddenGradient);
        loss = weightGradient is null ? loss : loss + ZeroWithGradient(outputWeight, weightGradient);
        return new TargetLoss(loss.MoveToOuterDisposeScope(), crossEntropies.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// 0, whose gradient with respect to the input is the one given: d(x g)/dx = g. So the backward pass is libtorch's own, which
    /// frees the gradient once it is used and allows for any factor of the loss.
    /// </summary>
    private static Tensor ZeroWithGradient(Tensor input, Tensor gradient)
    {
        Tensor product = input.numel() <= int.MaxValue
            ? input.flatten().dot(gradient.flatten())
            : (input * gradient).sum(); // dot counts in 32 bits
        return (product - product.detach()).to(ScalarType.Float32);
    }

    private static void ThrowIfShapesDiffer(Tensor hidden, Tensor weight, Tensor labels, Tensor tokenWeights)
    {
        if (hidden.dim() != 2 || weight.dim() != 2 || hidden.shape[1] != weight.shape[1] || hidden.dtype != weight.dtype
            || labels.dtype != ScalarType.Int64 || labels.dim() != 1 || labels.shape[0] != hidden.shape[0]
            || tokenWeights.dtype != ScalarType.Float32 || tokenWeights.dim() != 1 || tokenWeights.shape[0] != hidden.shape[0])
        {
            throw new ArgumentException(
                "Expected hidden states [tokens, hidden], an output weight [vocabulary, hidden] of the same dtype, labels int64 [tokens] and weights float32 [tokens]; got "
                + $"{Describe(hidden)}, {Describe(weight)}, {Describe(labels)}, {Describe(tokenWeights)}.");
        }

        static string Describe(Tensor tensor) => $"{tensor.dtype} [{string.Join(", ", tensor.shape)}]";
    }

    /// <summary>Checks on the CPU alone, where it costs nothing: on a GPU it would wait for all work before it.</summary>
    private static void ThrowIfOutside(Tensor ids, long vocabulary)
    {
        if (ids.device_type == DeviceType.CPU && ids.numel() > 0
            && (ids.min().ToInt64() is var least && ids.max().ToInt64() is var largest && (least < 0 || largest >= vocabulary)))
        {
            throw new ArgumentException(
                $"Labels run from {least} to {largest}; expected 0 to {vocabulary - 1}, or {TokenSequence.IgnoreIndex} where there is no target.", nameof(ids));
        }
    }
}
