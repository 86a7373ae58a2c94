using LongAlign.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Distributed;

/// <summary>
/// A rank's share of a parameter: of its numbers in their order, rank r has those from r * ceil(n / ranks) on. Trained numbers are float32
/// in the share, whatever the parameter is.
/// </summary>
internal sealed class ParameterShard : IDisposable
{
    private readonly bool _isPart;
    private Tensor? _gradient;

    /// <summary>Takes the share of a parameter that is whole.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="whole">The parameter.</param>
    /// <param name="rank">The rank whose share it is.</param>
    /// <param name="ranks">All ranks.</param>
    /// <param name="isPart">Whether the parameter stays as it is, so that a share of its dtype can lie in its memory; else the share is a copy.</param>
    public ParameterShard(string name, Parameter whole, int rank, int ranks, bool isPart = false)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Name = name;
        Whole = whole;
        Size = whole.numel();
        Length = LengthOf(Size, ranks);
        (Start, Count) = RangeOf(Size, rank, ranks);
        if (!whole.is_contiguous())
        {
            Aten.Call("aten::set_data"u8, Aten.Arg(whole), Aten.Arg(whole.contiguous()));
        }

        ScalarType dtype = whole.requires_grad && whole.dtype != ScalarType.Float64 ? ScalarType.Float32 : whole.dtype;
        _isPart = isPart && dtype == whole.dtype;
        Tensor own = whole.detach().view(-1).narrow(0, Start, Count).to(dtype, copy: !_isPart).view(ShapeOf(Count, whole.dim()));
        Weights = new Parameter(own, whole.requires_grad);
        Weights.DetachFromDisposeScope();
    }

    public string Name { get; }

    public Parameter Whole { get; }

    /// <summary>Numbers of the parameter.</summary>
    public long Size { get; }

    /// <summary>Numbers of a share; the last ones may have fewer, or none.</summary>
    public long Length { get; }

    /// <summary>The index of the first number of this rank's share.</summary>
    public long Start { get; }

    /// <summary>Numbers of this rank's share.</summary>
    public long Count { get; }

    /// <summary>The share, [count, 1, …] of as many dimensions as the parameter, so that rules by dimension hold for it.</summary>
    public Parameter Weights { get; }

    /// <summary>Whether this rank has had a gradient of the parameter.</summary>
    public bool HasSeenGradient { get; set; }

    /// <summary>Whether a gradient has come, on any rank: the optimizer passes over a parameter without.</summary>
    public bool IsReached => Weights.grad is not null;

    /// <summary>Whether <see cref="Gradient"/> lies in the memory of the parameter's own gradient, and takes its place.</summary>
    public bool TakesOverGradient { get; private set; }

    /// <summary>The sum of the gradients so far, of the shape of <see cref="Weights"/>.</summary>
    public Tensor Gradient => _gradient ??= zeros_like(Weights, requires_grad: false).DetachFromDisposeScope();

    public static long LengthOf(long size, int ranks) => (size + ranks - 1) / ranks;

    public static (long Start, long Count) RangeOf(long size, int rank, int ranks)
    {
        long length = LengthOf(size, ranks);
        long start = Math.Min(size, rank * length);
        return (start, Math.Min(length, size - start));
    }

    public static long[] ShapeOf(long count, long dimensions) => [count, .. Enumerable.Repeat(1L, (int)Math.Max(0, dimensions - 1))];

    /// <summary>Makes the share's gradient a view of the parameter's, which has the share's dtype: it takes no further memory.</summary>
    public void TakeOverGradient()
    {
        if (_gradient is null && _isPart && Whole.grad is { } gradient && gradient.is_contiguous())
        {
            using DisposeScope scope = NewDisposeScope();
            _gradient = gradient.detach().view(-1).narrow(0, Start, Count).view(Weights.shape).DetachFromDisposeScope();
            TakesOverGradient = true;
        }
    }

    /// <summary>Makes the optimizer see the gradient from now on, or pass the parameter over.</summary>
    public void Reach(bool isReached) => Weights.grad = isReached ? Gradient : null;

    /// <summary>Takes the share over from the parameter, which is whole.</summary>
    public void Cut()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Weights.copy_(Whole.detach().view(-1).narrow(0, Start, Count).view(Weights.shape));
    }

    public void Dispose()
    {
        _gradient?.Dispose();
        Weights.Dispose();
    }
}
