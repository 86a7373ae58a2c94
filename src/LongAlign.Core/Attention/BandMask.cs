using static TorchSharp.torch;

namespace LongAlign.Attention;

/// <summary>
/// The window as numbers to be added to scores, for a block of neighbouring queries: every block of queries sees a part of it,
/// so that memory grows with the window and not with the sequence.
/// </summary>
/// <remarks>Column c of row r is the key (window - 1 - c + r) tokens before that query.</remarks>
internal sealed class BandMask : IDisposable
{
    private readonly Tensor _mask;
    private readonly int _window;

    public BandMask(int window, int rows, bool causal, ScalarType dtype)
    {
        _window = window;
        int reach = causal ? window - 1 : 2 * (window - 1);
        using Tensor allowed = ones(rows, rows + reach, ScalarType.Bool).triu_(0).tril_(reach);
        using Tensor forbidden = allowed.logical_not();
        _mask = zeros(rows, rows + reach, dtype).masked_fill_(forbidden, double.NegativeInfinity);
    }

    /// <summary>For the queries from <paramref name="start"/> on, and keys anywhere in their reach.</summary>
    public Tensor Slice(int start, int length, int keyStart, int keyLength)
        => _mask.narrow(0, 0, length).narrow(1, keyStart - (start - (_window - 1)), keyLength);

    public void Dispose() => _mask.Dispose();
}
