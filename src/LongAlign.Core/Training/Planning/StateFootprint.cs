using System.Globalization;
using LongAlign.Distributed;

namespace LongAlign.Training;

/// <summary>Weights, gradients and the optimizer's state: what does not depend on tokens.</summary>
internal sealed class StateFootprint
{
    private const long WidenedGradients = 1 << 22; // as many as the optimizer widens at once

    private readonly DecoderDimensions _model;
    private readonly TrainingFootprintOptions _options;
    private readonly bool _adapters;
    private readonly long _trained;
    private readonly long _gathered;
    private readonly long _piece;
    private readonly string _ofPiece;
    private readonly int _gradientWidth;

    /// <param name="model">The model.</param>
    /// <param name="options">The run.</param>
    /// <param name="isLoss">Where ranks share weights or gradients: whether those of the head are whole, as while the loss is computed, or else those of a layer.</param>
    public StateFootprint(DecoderDimensions model, TrainingFootprintOptions options, bool isLoss)
    {
        (_model, _options) = (model, options);
        _gathered = (isLoss ? model.HeadParameterCount : model.LayerParameterCount) + model.HiddenSize; // the last norm stays
        _ofPiece = isLoss ? "of the head" : "of a layer";
        _adapters = options.LoraRank is not null;
        _trained = options.LoraRank is { } rank ? model.GetAdapterParameterCount(rank) : model.ParameterCount;
        _piece = _adapters ? _trained / model.LayerCount : _gathered;
        _gradientWidth = _adapters ? 4 : options.Width; // adapters are float32
    }

    /// <summary>Whether the float32 weights that stay on a rank, and at stage 1 their gradients, are its share's own.</summary>
    private bool HasSharesInPlace => _options.EffectiveSharding is Sharding.OptimizerState or Sharding.Gradients && (_adapters || _options.IsWide);

    private bool IsPieceByPiece(Sharding stage) => _options.EffectiveSharding >= stage && _options.GradientCheckpointing;

    /// <summary>Weights and gradients.</summary>
    public long WholeBytes => Weights().Bytes + Gradients().Bytes;

    public FootprintPart Weights()
    {
        int width = _options.Width;
        (long bytes, string formula) = (IsPieceByPiece(Sharding.Parameters), _adapters) switch
        {
            (true, false) => (_gathered * width, Text($"{_gathered:N0} {_ofPiece} x {width} B")),
            (true, true) => (
                (OfRanks(_model.ParameterCount) * width) + (_gathered * width) + (_piece * 4),
                Text($"({_model.ParameterCount:N0} frozen / {_options.Ranks} + {_gathered:N0} {_ofPiece}) x {width} B + {_piece:N0} of adapters x 4 B")),
            (false, true) => (
                (_model.ParameterCount * width) + (_trained * 4),
                Text($"{_model.ParameterCount:N0} frozen x {width} B + {_trained:N0} of adapters x 4 B")),
            _ => (_model.ParameterCount * width, Text($"{_model.ParameterCount:N0} x {width} B")),
        };
        return Part(FootprintPartKind.Weights, bytes, formula);
    }

    public FootprintPart Gradients()
    {
        bool isByPiece = IsPieceByPiece(Sharding.Gradients);
        long whole = isByPiece ? _piece : _trained;
        bool hasSums = _options.Float32Gradients && !_adapters && !_options.IsWide && _options.EffectiveSharding < Sharding.Gradients;
        bool hasShare = _options.EffectiveSharding != Sharding.None && !(_options.EffectiveSharding == Sharding.OptimizerState && HasSharesInPlace);
        long bytes = (whole * _gradientWidth) + (hasSums ? whole * 4 : 0) + (hasShare ? OfRanks(_trained) * 4 : 0);
        string formula = Text($"{whole:N0}{(isByPiece ? $" {_ofPiece}" : "")} x {_gradientWidth} B")
            + (hasSums ? Text($" + {whole:N0} sums x 4 B") : "")
            + (hasShare ? Text($" + {_trained:N0} / {_options.Ranks} x 4 B") : "");
        return Part(FootprintPartKind.Gradients, bytes, formula);
    }

    public FootprintPart OptimizerState()
    {
        bool isSharded = _options.EffectiveSharding != Sharding.None;
        bool hasMasters = isSharded ? !HasSharesInPlace : !_adapters && !_options.IsWide;
        int width = hasMasters ? 12 : 8;
        long share = isSharded ? OfRanks(_trained) : _trained;
        long largest = Math.Max(_model.VocabularySize, (long)(_model.IntermediateSize)) * _model.HiddenSize;
        long widened = isSharded || _adapters || _options.IsWide ? 0 : Math.Max(largest, Math.Min(WidenedGradients, _trained));
        string formula = Text($"{_trained:N0}{(isSharded ? $" / {_options.Ranks}" : "")} x {width} B")
            + (widened > 0 ? Text($" + {widened:N0} widened gradients x 4 B") : "");
        return Part(FootprintPartKind.OptimizerState, (share * width) + (widened * 4), formula);
    }

    /// <summary>A rank's share.</summary>
    private long OfRanks(long count) => (count + _options.Ranks - 1) / _options.Ranks;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static FootprintPart Part(FootprintPartKind kind, long bytes, string formula) => new(kind, bytes, formula, IsAtPeak: true);
}
