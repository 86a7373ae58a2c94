using static TorchSharp.torch;

namespace LongAlign.Attention;

/// <summary>
/// The window as numbers to be added to scores, for a block of neighbouring queries: every block sees a part of it, so that memory
/// grows with the window and not with the sequence.
/// </summary>
/// <remarks>Column c of row r is the key (window - 1 - c + r) tokens before that query.</remarks>
internal sealed class BandMask : IDisposable
{
    private readonly Tensor _mask;
    private readonly int _window;

    public BandMask(int window, int rows, bool causal)
    {
        _window = window;
        int reach = causal ? window - 1 : 2 * (window - 1);
        using Tensor allowed = ones(rows, rows + reach, ScalarType.Bool);
        using Tensor forbidden = allowed.triu(0).tril(reach).logical_not();
        _mask = zeros(rows, rows + reach).masked_fill_(forbidden, double.NegativeInfinity);
    }

    /// <summary>The part of a tile.</summary>
    public Tensor Slice(AttentionTile tile, ScalarType dtype)
        => _mask.narrow(0, 0, tile.Length).narrow(1, tile.KeyStart - (tile.Start - (_window - 1)), tile.KeyLength).to(dtype);

    public void Dispose() => _mask.Dispose();
}
