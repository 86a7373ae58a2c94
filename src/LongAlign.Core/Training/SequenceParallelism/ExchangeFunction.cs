using LongAlign.Attention;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>An exchange of equal parts between ranks, which is its own inverse: its gradient is the same exchange of the gradients.</summary>
internal sealed class ExchangeFunction : GuardedFunction<ExchangeFunction>
{
    public override string Name => nameof(ExchangeFunction);

    public static Tensor Run(Tensor parts, PackSharing sharing)
    {
        HandedOverGradients<ExchangeFunction>.DisposeLast();
        return apply(parts, sharing);
    }

    protected override Tensor Compute(autograd.AutogradContext ctx, object[] arguments)
    {
        PackSharing sharing = (PackSharing)arguments[1];
        ctx.save_data(nameof(PackSharing), sharing);
        return sharing.Swap((Tensor)arguments[0]);
    }

    protected override List<Tensor> Differentiate(autograd.AutogradContext ctx, Tensor gradient)
    {
        HandedOverGradients<ExchangeFunction>.DisposeLast();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        using Tensor mine = gradient;
        PackSharing sharing = (PackSharing)ctx.get_data(nameof(PackSharing));
        return HandedOverGradients<ExchangeFunction>.HandOver(sharing.Swap(gradient.contiguous()).DetachFromDisposeScope());
    }
}
