using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Llama;

/// <summary>SwiGLU (Shazeer 2020): down(silu(gate(x)) * up(x)).</summary>
internal sealed class LlamaFeedForward : nn.Module<Tensor, Tensor>
{
    private readonly Projection _gate;
    private readonly Projection _up;
    private readonly Projection _down;

    public LlamaFeedForward(LlamaConfig config, ScalarType dtype, Device device)
        : base(nameof(LlamaFeedForward))
    {
        _gate = new Projection(config.HiddenSize, config.IntermediateSize, dtype, device);
        register_module("gate_proj", _gate);
        _up = new Projection(config.HiddenSize, config.IntermediateSize, dtype, device);
        register_module("up_proj", _up);
        _down = new Projection(config.IntermediateSize, config.HiddenSize, dtype, device);
        register_module("down_proj", _down);
    }

    public override Tensor forward(Tensor hidden)
    {
        using DisposeScope scope = NewDisposeScope();
        return _down.forward(nn.functional.silu(_gate.forward(hidden)) * _up.forward(hidden)).MoveToOuterDisposeScope();
    }
}
