using LongAlign.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Decoders;

/// <summary>
/// The loss that keeps experts evenly used (Fedus et al. 2021): experts x sum over experts of (share of choices x mean router share). Choices
/// have no gradient, so the loss is linear in the shares: the forward pass leaves these as they are, and the backward pass adds a constant.
/// </summary>
internal sealed class RouterLoss : GuardedFunction<RouterLoss>
{
    public override string Name => nameof(RouterLoss);

    /// <summary>The shares, whose gradient has that of the loss in it.</summary>
    /// <param name="shares">[tokens, experts].</param>
    /// <param name="counts">The number of times that each expert was chosen.</param>
    /// <param name="weight">The weight of the loss.</param>
    public static Tensor Attach(Tensor shares, long[] counts, double weight)
    {
        if (weight == 0 || !is_grad_enabled() || !shares.requires_grad)
        {
            return shares;
        }

        double tokens = shares.shape[0];
        float[] gradient = [.. counts.Select(count => (float)(weight * counts.Length * count / (tokens * tokens)))];
        return apply(shares, gradient);
    }

    protected override Tensor Compute(autograd.AutogradContext ctx, object[] arguments)
    {
        ctx.save_data(nameof(RouterLoss), arguments[1]);
        return ((Tensor)arguments[0]).alias();
    }

    protected override List<Tensor> Differentiate(autograd.AutogradContext ctx, Tensor gradient)
    {
        using DisposeScope scope = NewDisposeScope();
        float[] ofLoss = (float[])ctx.get_data(nameof(RouterLoss));
        return [(gradient + tensor(ofLoss, device: gradient.device).to(gradient.dtype)).MoveToOuterDisposeScope(), null!];
    }
}
