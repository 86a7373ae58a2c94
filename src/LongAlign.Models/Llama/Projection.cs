using LongAlign.Models.Adapters;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Llama;

/// <summary>A linear map without bias whose weights are not initialised: they are about to be read or drawn.</summary>
internal sealed class Projection : nn.Module<Tensor, Tensor>
{
    public Projection(long inputs, long outputs, ScalarType dtype, Device device)
        : base(nameof(Projection))
    {
        Weight = new Parameter(empty(outputs, inputs, dtype: dtype, device: device));
        register_parameter("weight", Weight);
    }

    /// <summary>[outputs, inputs].</summary>
    public Parameter Weight { get; }

    /// <summary>What an adapter adds to the map; null without one.</summary>
    public LowRankUpdate? Update { get; private set; }

    public override Tensor forward(Tensor input)
    {
        if (Update is not { IsMerged: false })
        {
            return nn.functional.linear(input, Weight);
        }

        using DisposeScope scope = NewDisposeScope();
        return Update.AddTo(nn.functional.linear(input, Weight), input).MoveToOuterDisposeScope();
    }

    /// <summary>Adds an adapter's update, which this module owns from now on.</summary>
    public void Attach(LowRankUpdate update)
    {
        register_module(LowRankUpdate.ModuleName, update);
        Update = update;
    }
}
