using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Decoders;

/// <summary>
/// Experts (Shazeer et al. 2017): each token goes through the few that a router gives the highest scores. Tokens are sorted by expert, so that
/// an expert is one product over neighbouring rows, and one that no token asks for costs nothing.
/// </summary>
internal sealed class SparseFeedForward : nn.Module<Tensor, Tensor>
{
    private readonly ExpertDescription _description;
    private readonly Projection _router;
    private readonly FeedForward[] _experts;
    private readonly FeedForward? _shared;
    private readonly Projection? _sharedGate;

    public SparseFeedForward(DecoderDescription decoder, ScalarType dtype, Device device)
        : base(nameof(SparseFeedForward))
    {
        _description = decoder.Experts!;
        _router = new Projection(decoder.HiddenSize, _description.Count, bias: false, dtype, device);
        register_module(decoder.Names.Router, _router);
        _experts = [.. Enumerable.Range(0, _description.Count).Select(_ => new FeedForward(decoder, _description.Width, dtype, device))];
        register_module(decoder.Names.Experts, nn.ModuleList<nn.Module>([.. _experts]));
        if (_description.SharedWidth is { } width)
        {
            _shared = new FeedForward(decoder, width, dtype, device);
            register_module(decoder.Names.SharedExpert, _shared);
            _sharedGate = new Projection(decoder.HiddenSize, 1, bias: false, dtype, device);
            register_module(decoder.Names.SharedExpertGate, _sharedGate);
        }
    }

    /// <summary>The weight of this layer's router loss (<see cref="RouterLoss"/>); 0: there is none.</summary>
    public double RouterLossWeight { get; set; }

    public override Tensor forward(Tensor hidden)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor shares = _router.forward(hidden).softmax(-1, WideDtype.Of(hidden.dtype)); // [tokens, experts]
        Tensor chosen = shares.detach().topk(_description.PerToken, -1).indexes.flatten(); // [tokens x experts of a token]
        long[] counts = chosen.bincount(null, _description.Count).cpu().data<long>().ToArray();
        shares = RouterLoss.Attach(shares, counts, RouterLossWeight);
        Tensor weights = shares.gather(1, chosen.view(-1, _description.PerToken));
        weights = _description.Normalized ? weights / weights.sum(-1, keepdim: true) : weights;

        Tensor order = chosen.argsort();
        Tensor rows = order.div(_description.PerToken, RoundingMode.floor);
        int[] used = [.. Enumerable.Range(0, counts.Length).Where(expert => counts[expert] > 0)];
        Tensor[] parts = hidden.index_select(0, rows).split([.. used.Select(expert => counts[expert])], 0);
        Tensor outputs = cat([.. used.Select((expert, i) => _experts[expert].forward(parts[i]))], 0);
        Tensor weighted = outputs * weights.flatten().index_select(0, order).to(hidden.dtype).unsqueeze(1);
        Tensor sum = zeros_like(hidden).index_add(0, rows, weighted, 1);
        return (_shared is null ? sum : sum + (_sharedGate!.forward(hidden).sigmoid() * _shared.forward(hidden))).MoveToOuterDisposeScope();
    }
}
