using LongAlign.Models.Adapters;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Decoders;

/// <summary>A linear map, the one of all families; its weights are not initialised: they are about to be read or drawn.</summary>
internal sealed class Projection : nn.Module<Tensor, Tensor>, IAdaptable
{
    public Projection(long inputs, long outputs, bool bias, ScalarType dtype, Device device)
        : base(nameof(Projection))
    {
        Weight = new Parameter(empty(outputs, inputs, dtype: dtype, device: device));
        register_parameter("weight", Weight);
        if (bias)
        {
            Bias = new Parameter(empty(outputs, dtype: dtype, device: device));
            register_parameter("bias", Bias);
        }
    }

    /// <summary>[outputs, inputs].</summary>
    public Parameter Weight { get; }

    /// <summary>[outputs]; null where there is none.</summary>
    public Parameter? Bias { get; }

    public bool IsLookup => false;

    /// <summary>The update that an adapter adds to the map; null without one.</summary>
    public LowRankUpdate? Update { get; private set; }

    public override Tensor forward(Tensor input)
    {
        if (Update is not { IsMerged: false })
        {
            return nn.functional.linear(input, Weight, Bias);
        }

        using DisposeScope scope = NewDisposeScope();
        return Update.AddTo(nn.functional.linear(input, Weight, Bias), input, this).MoveToOuterDisposeScope();
    }

    /// <summary>Adds an adapter's update, which this module owns from now on.</summary>
    public void Attach(LowRankUpdate update)
    {
        register_module(LowRankUpdate.ModuleName, update);
        Update = update;
    }
}
