using LongAlign.Models.Adapters;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Decoders;

/// <summary>A row for each token id; not initialised, like <see cref="Projection"/>.</summary>
internal sealed class TokenEmbedding : nn.Module<Tensor, Tensor>, IAdaptable
{
    public TokenEmbedding(long vocabulary, long width, ScalarType dtype, Device device)
        : base(nameof(TokenEmbedding))
    {
        Weight = new Parameter(empty(vocabulary, width, dtype: dtype, device: device));
        register_parameter("weight", Weight);
    }

    public Parameter Weight { get; }

    public Parameter? Bias => null;

    public bool IsLookup => true;

    /// <summary>The update that an adapter adds to the rows; null without one.</summary>
    public LowRankUpdate? Update { get; private set; }

    public override Tensor forward(Tensor inputIds)
    {
        ThrowIfOutside(inputIds);
        if (Update is not { IsMerged: false })
        {
            return Weight.index_select(0, inputIds);
        }

        using DisposeScope scope = NewDisposeScope();
        return Update.AddTo(Weight.index_select(0, inputIds), inputIds, this).MoveToOuterDisposeScope();
    }

    /// <summary>Adds an adapter's update, which this module owns from now on.</summary>
    public void Attach(LowRankUpdate update)
    {
        register_module(LowRankUpdate.ModuleName, update);
        Update = update;
    }

    /// <summary>Checks on the CPU alone, where it costs nothing: on a GPU it would wait for all work before it.</summary>
    private void ThrowIfOutside(Tensor inputIds)
    {
        if (inputIds.device_type == DeviceType.CPU && inputIds.numel() > 0
            && (inputIds.min().ToInt64() is var least && inputIds.max().ToInt64() is var largest && (least < 0 || largest >= Weight.shape[0])))
        {
            throw new ArgumentException(
                $"Input ids run from {least} to {largest}; the model's vocabulary is {Weight.shape[0]}: expected ids from 0 to {Weight.shape[0] - 1}.", nameof(inputIds));
        }
    }
}
