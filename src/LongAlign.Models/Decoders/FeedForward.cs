using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Decoders;

/// <summary>down(activation(gate(x)) * up(x)) (Shazeer 2020), or down(activation(up(x))).</summary>
internal sealed class FeedForward : nn.Module<Tensor, Tensor>
{
    private readonly Projection[] _inputs;
    private readonly Projection _output;
    private readonly Activation _activation;
    private readonly bool _gated;

    public FeedForward(DecoderDescription decoder, int width, ScalarType dtype, Device device)
        : base(nameof(FeedForward))
    {
        (_activation, _gated) = (decoder.Activation, decoder.Gated);
        IReadOnlyList<string> names = decoder.Names.FeedForwardInputs;
        long outputs = (_gated ? 2L : 1L) * width / names.Count; // gate and up, in one weight or in two
        _inputs = [.. names.Select(_ => new Projection(decoder.HiddenSize, outputs, decoder.FeedForwardBias, dtype, device))];
        for (int i = 0; i < names.Count; i++)
        {
            register_module(names[i], _inputs[i]);
        }

        _output = new Projection(width, decoder.HiddenSize, decoder.FeedForwardBias, dtype, device);
        register_module(decoder.Names.FeedForwardOutput, _output);
    }

    public override Tensor forward(Tensor hidden)
    {
        using DisposeScope scope = NewDisposeScope();
        if (!_gated)
        {
            return _output.forward(_activation.Apply(_inputs[0].forward(hidden))).MoveToOuterDisposeScope();
        }

        Tensor[] inputs = _inputs is [Projection both] ? both.forward(hidden).chunk(2, -1) : [.. _inputs.Select(input => input.forward(hidden))];
        return _output.forward(_activation.Apply(inputs[0]) * inputs[1]).MoveToOuterDisposeScope();
    }
}
