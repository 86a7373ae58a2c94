using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Adapters;

/// <summary>
/// LoRA's update of one linear map, scaling B A x, or of the rows of an embedding; with DoRA the rows of the changed weight then get
/// lengths that are trained separately.
/// </summary>
/// <remarks>
/// A, B and the lengths are float32 whatever the map's dtype and are cast to it for the product, as PEFT's are where its trainer runs under
/// autocast: small updates are not lost, and no float32 copy of x is kept for the backward pass.
/// </remarks>
internal sealed class LowRankUpdate : nn.Module, IFloat32Module
{
    /// <summary>The name under which a part of a model registers its update.</summary>
    public const string ModuleName = "lora";

    private readonly bool _lookup;
    private readonly double _dropout;
    private Tensor? _original;

    public LowRankUpdate(IAdaptable part, int rank, double scaling, LoraOptions options)
        : base(nameof(LowRankUpdate))
    {
        _lookup = part.IsLookup;
        _dropout = options.Dropout;
        Scaling = scaling;
        long[] shape = part.Weight.shape;
        A = Make("A", zeros(rank, shape[_lookup ? 0 : 1], dtype: ScalarType.Float32, device: part.Weight.device));
        B = Make("B", zeros(shape[_lookup ? 1 : 0], rank, dtype: ScalarType.Float32, device: part.Weight.device));
        if (options.Dora)
        {
            Lengths = Make("lengths", LengthsOf(part.Weight));
        }
    }

    /// <summary>[rank, inputs or ids].</summary>
    public Parameter A { get; }

    /// <summary>[outputs or width, rank].</summary>
    public Parameter B { get; }

    /// <summary>The lengths of the rows of the changed weight, [outputs]; null without DoRA.</summary>
    public Parameter? Lengths { get; }

    public int Rank => (int)A.shape[0];

    public double Scaling { get; }

    public bool IsMerged { get; private set; }

    /// <summary>All that is trained.</summary>
    public IEnumerable<Parameter> Trained => Lengths is null ? [A, B] : [A, B, Lengths];

    /// <summary>PEFT's first values, of nn.Linear: A uniform within 1 / sqrt(inputs) on both sides of 0; of an embedding B normal. Drawn on the CPU, the same on every device.</summary>
    public void Initialize(Generator generator)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        if (_lookup)
        {
            B.copy_(randn(B.shape, generator: generator));
            return;
        }

        double bound = 1 / Math.Sqrt(A.shape[1]);
        A.copy_((rand(A.shape, generator: generator) * (2 * bound)) - bound);
    }

    /// <summary>Adds the update to the output, in place where nothing reads the output before.</summary>
    /// <param name="output">W x and bias, [tokens, outputs]; of an embedding its rows.</param>
    /// <param name="input">x, [tokens, inputs]; of an embedding the ids, int64 [tokens].</param>
    /// <param name="part">The part that is adapted.</param>
    public Tensor AddTo(Tensor output, Tensor input, IAdaptable part)
    {
        if (_lookup)
        {
            Tensor columns = A.index_select(1, input).t().to(output.dtype) * Scaling; // [tokens, rank]
            return output.add_(nn.functional.linear(columns, B.to(output.dtype)));
        }

        // Scaled where it is narrow.
        bool drops = _dropout > 0 && training;
        Tensor dropped = drops ? nn.functional.dropout(input, _dropout, true) : input;
        Tensor narrow = nn.functional.linear(dropped, A.to(input.dtype)) * Scaling;
        Tensor update = nn.functional.linear(narrow, B.to(input.dtype));
        if (Lengths is null)
        {
            return output.add_(update);
        }

        // The lengths that the rows have count as constants in gradients, as in the paper (section 4.3).
        Tensor factors = (Lengths / LengthsOf(part.Weight)).to(input.dtype);
        Tensor product = drops ? nn.functional.linear(dropped, part.Weight) : part.Bias is null ? output : output - part.Bias;
        return output + ((factors - 1) * product) + (factors * update);
    }

    /// <summary>Makes the update part of the weight, rounding once.</summary>
    public void Merge(Parameter weight, bool keepOriginal)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        _original = keepOriginal ? weight.detach().clone().DetachFromDisposeScope() : null;
        if (Lengths is null)
        {
            weight.add_(Change());
        }
        else
        {
            weight.copy_((weight + Change()) * (Lengths / LengthsOf(weight)).unsqueeze(1));
        }

        IsMerged = true;
    }

    /// <summary>Gives the part its weight back; false where it was not kept.</summary>
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

    private Parameter Make(string name, Tensor values)
    {
        Parameter parameter = new(values);
        register_parameter(name, parameter);
        return parameter;
    }

    /// <summary>The tensor that is added to the weight.</summary>
    private Tensor Change() => (_lookup ? B.matmul(A).t() : B.matmul(A)) * Scaling;

    /// <summary>The length of each row of the weight with the update in it, without gradients.</summary>
    private Tensor LengthsOf(Parameter weight)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        return (weight.to(ScalarType.Float32) + Change()).norm(1).MoveToOuterDisposeScope();
    }
}
