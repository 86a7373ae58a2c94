using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Losses;

/// <summary>The loss of <see cref="FusedLinearCrossEntropy"/>, chunk by chunk, with or without gradients.</summary>
internal static class LinearCrossEntropyChunks
{
    /// <summary>Computes the loss; the scalar joins the current dispose scope.</summary>
    /// <param name="hidden">[n, hidden].</param>
    /// <param name="weight">[vocabulary, hidden].</param>
    /// <param name="ids">[n].</param>
    /// <param name="weights">[n].</param>
    /// <param name="chunkRows">Rows of a chunk.</param>
    /// <param name="hiddenGradient">Receives the gradient of <paramref name="hidden"/>, if it is wanted; same dtype.</param>
    /// <param name="weightGradient">Zeros, float32, to which the gradient of <paramref name="weight"/> is added, if it is wanted.</param>
    public static Tensor Compute(Tensor hidden, Tensor weight, Tensor ids, Tensor weights, int chunkRows, Tensor? hiddenGradient, Tensor? weightGradient)
    {
        using var noGrad = no_grad();
        long rows = hidden.shape[0];
        Tensor loss = zeros([], ScalarType.Float32, hidden.device);
        Tensor transposed = weight.t();
        Tensor buffer = empty(Math.Min(chunkRows, rows), weight.shape[0], dtype: hidden.dtype, device: hidden.device);
        for (long start = 0; start < rows; start += chunkRows)
        {
            using DisposeScope scope = NewDisposeScope();
            long count = Math.Min(chunkRows, rows - start);
            Tensor hiddenRows = hidden.narrow(0, start, count);
            Tensor chunkIds = ids.narrow(0, start, count).unsqueeze(1);
            Tensor chunkWeights = weights.narrow(0, start, count).unsqueeze(1);

            // With beta 0 the buffer's old content plays no part, not even a NaN.
            Tensor products = buffer.narrow(0, 0, count).addmm_(hiddenRows, transposed, 0, 1);
            Tensor logits = products.to(ScalarType.Float32); // the buffer itself if it is float32
            logits.sub_(logits.amax([1], keepdim: true));
            Tensor targets = logits.gather(1, chunkIds);
            logits.exp_();
            Tensor sums = logits.sum(1, keepdim: true);
            loss.add_(((sums.log() - targets) * chunkWeights).sum());
            if (hiddenGradient is null && weightGradient is null)
            {
                continue;
            }

            // d loss / d logits = weight x (softmax - one-hot)
            logits.mul_(chunkWeights / sums);
            logits.scatter_add_(1, chunkIds, -chunkWeights);
            Tensor gradient = logits.to(hidden.dtype);
            hiddenGradient?.narrow(0, start, count).copy_(gradient.mm(weight));
            if (weightGradient is not null)
            {
                AddProduct(weightGradient, gradient.t(), hiddenRows);
            }
        }

        return loss;
    }

    private static void AddProduct(Tensor sum, Tensor left, Tensor right)
    {
        if (right.dtype == ScalarType.Float32)
        {
            sum.addmm_(left, right, 1, 1);
        }
        else
        {
            sum.add_(left.mm(right)); // rounded once a chunk, added in float32
        }
    }
}
