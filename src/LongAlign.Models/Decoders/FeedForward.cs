using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Decoders;

/// <summary>SwiGLU (Shazeer 2020): down(silu(gate(x)) * up(x)).</summary>
internal sealed class FeedForward : nn.Module<Tensor, Tensor>
{
    private readonly Projection[] _inputs;
    private readonly Projection _output;

    public FeedForward(DecoderDescription decoder, ScalarType dtype, Device device)
        : base(nameof(FeedForward))
    {
        IReadOnlyList<string> names = decoder.Names.FeedForwardInputs;
        long width = 2L * decoder.IntermediateSize / names.Count; // gate and up, in one weight or in two
        _inputs = [.. names.Select(_ => new Projection(decoder.HiddenSize, width, decoder.FeedForwardBias, dtype, device))];
        for (int i = 0; i < names.Count; i++)
        {
            register_module(names[i], _inputs[i]);
        }

        _output = new Projection(decoder.IntermediateSize, decoder.HiddenSize, decoder.FeedForwardBias, dtype, device);
        register_module(decoder.Names.FeedForwardOutput, _output);
    }

    public override Tensor forward(Tensor hidden)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] inputs = _inputs is [Projection both] ? both.forward(hidden).chunk(2, -1) : [.. _inputs.Select(input => input.forward(hidden))];
        return _output.forward(nn.functional.silu(inputs[0]) * inputs[1]).MoveToOuterDisposeScope();
    }
}
