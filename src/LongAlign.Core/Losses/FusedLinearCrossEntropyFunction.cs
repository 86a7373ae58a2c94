using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Losses;

/// <summary>The autograd node: gradients are made forward and scaled backward.</summary>
internal sealed class FusedLinearCrossEntropyFunction : autograd.SingleTensorFunction<FusedLinearCrossEntropyFunction>
{
    public override string Name => nameof(FusedLinearCrossEntropyFunction);

    public static Tensor Run(Tensor hidden, Tensor weight, Tensor ids, Tensor weights, int chunkRows, bool needsHidden, bool needsWeight)
        => apply(hidden, weight, ids, weights, chunkRows, needsHidden, needsWeight);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (Tensor hidden, Tensor weight) = ((Tensor)vars[0], (Tensor)vars[1]);
        bool needsHidden = (bool)vars[5];
        bool needsWeight = (bool)vars[6];
        using DisposeScope scope = NewDisposeScope();
        Tensor? hiddenGradient = needsHidden ? empty_like(hidden) : null;
        Tensor? weightGradient = needsWeight ? zeros_like(weight, dtype: ScalarType.Float32) : null;
        Tensor loss = LinearCrossEntropyChunks.Compute(hidden, weight, (Tensor)vars[2], (Tensor)vars[3], (int)vars[4], hiddenGradient, weightGradient);

        // What is saved must be alive when forward returns.
        List<Tensor> saved = [.. new[] { hiddenGradient, weightGradient?.to(weight.dtype) }.OfType<Tensor>().Select(gradient => gradient.MoveToOuterDisposeScope())];
        ctx.save_for_backward(saved);
        ctx.save_data(nameof(needsHidden), needsHidden);
        ctx.save_data(nameof(needsWeight), needsWeight);
        return loss.MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        Queue<Tensor> saved = new(ctx.get_saved_variables());
        Tensor? hidden = Scaled((bool)ctx.get_data("needsHidden"));
        Tensor? weight = Scaled((bool)ctx.get_data("needsWeight"));
        return [hidden!, weight!, null!, null!, null!, null!, null!];

        Tensor? Scaled(bool isNeeded)
        {
            if (!isNeeded)
            {
                return null;
            }

            using Tensor gradient = saved.Dequeue();
            using Tensor factor = grad_output.to(gradient.dtype);
            return gradient * factor;
        }
    }
}
