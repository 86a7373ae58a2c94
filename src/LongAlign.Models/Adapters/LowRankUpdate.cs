using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Adapters;

/// <summary>What LoRA adds to one linear map: scaling B A x.</summary>
/// <remarks>
/// A and B are float32 whatever the map's dtype and are cast to it for the product, as PEFT's are where its trainer runs under
/// autocast: small updates are not lost, and no float32 copy of x is kept for the backward pass.
/// </remarks>
internal sealed class LowRankUpdate : nn.Module, IFloat32Module
{
    /// <summary>The name under which a linear map registers its update.</summary>
    public const string ModuleName = "lora";

    private readonly double _scaling;
    private readonly double _dropout;
    private Tensor? _original;

    public LowRankUpdate(Parameter weight, LoraOptions options)
        : base(nameof(LowRankUpdate))
    {
        _scaling = options.Scaling;
        _dropout = options.Dropout;
        A = new Parameter(empty(options.Rank, weight.shape[1], dtype: ScalarType.Float32, device: weight.device));
        register_parameter("A", A);
        B = new Parameter(zeros(weight.shape[0], options.Rank, dtype: ScalarType.Float32, device: weight.device));
        register_parameter("B", B);
    }

    /// <summary>[rank, inputs].</summary>
    public Parameter A { get; }

    /// <summary>[outputs, rank].</summary>
    public Parameter B { get; }

    public bool IsMerged { get; private set; }

    /// <summary>PEFT's first values, of nn.Linear: uniform within 1 / sqrt(inputs) on both sides of 0. Drawn on the CPU, the same on every device.</summary>
    public void Initialize(Generator generator)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        double bound = 1 / Math.Sqrt(A.shape[1]);
        A.copy_((rand(A.shape, generator: generator) * (2 * bound)) - bound);
    }

    /// <summary>Adds the update to the map's output, in place: nothing reads the output before.</summary>
    /// <param name="output">W x, [tokens, outputs].</param>
    /// <param name="input">x, [tokens, inputs].</param>
    public Tensor AddTo(Tensor output, Tensor input)
    {
        // Scaled where it is narrow.
        Tensor dropped = _dropout > 0 ? nn.functional.dropout(input, _dropout, training) : input;
        Tensor narrow = nn.functional.linear(dropped, A.to(input.dtype)) * _scaling;
        return output.add_(nn.functional.linear(narrow, B.to(input.dtype)));
    }

    /// <summary>Adds scaling B A to the map's weight, [outputs, inputs], rounding once.</summary>
    public void Merge(Parameter weight, bool keepOriginal)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        _original = keepOriginal ? weight.detach().clone().DetachFromDisposeScope() : null;
        weight.add_(B.matmul(A) * _scaling);
        IsMerged = true;
    }

    /// <summary>Gives the map its weight back; false where it was not kept.</summary>
    public bool TryUnmerge(Parameter weight)
    {
        if (_original is null)
        {
            return false;
        }

        using IDisposable noGrad = no_grad();
        weight.copy_(_original);
        _original.Dispose();
        _original = null;
        IsMerged = false;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _original?.Dispose();
        }

        base.Dispose(disposing);
    }
}
