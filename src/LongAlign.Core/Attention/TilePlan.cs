using LongAlign.Collation;
using static TorchSharp.torch;

namespace LongAlign.Attention;

/// <summary>How a pack is cut into tiles.</summary>
internal sealed class TilePlan
{
    private const int MinBlock = 256;
    private const int MaxBlock = 512;

    private readonly List<AttentionTile> _tiles = [];
    private readonly AttentionOptions _options;

    private TilePlan(AttentionOptions options) => _options = options;

    public IReadOnlyList<AttentionTile> Tiles => _tiles;

    public double? Scale => _options.Scale;

    /// <summary>Whether a key belongs to several tiles.</summary>
    public bool KeysOverlap { get; private set; }

    private int BlockLength => Math.Clamp(_options.Window!.Value, MinBlock, MaxBlock);

    public static TilePlan Of(PackLayout layout, AttentionOptions options)
    {
        TilePlan plan = new(options);
        for (int i = 0; i < layout.SequenceCount; i++)
        {
            int start = layout.CuSeqLens[i];
            int length = layout.GetLength(i);
            if (options.Window < length)
            {
                plan.AddBlocks(start, length);
            }
            else
            {
                plan._tiles.Add(new SpanTile(start, length, start, length, options.Causal, Masked: false, Adds: false));
            }
        }
        return plan;
    }

    /// <summary>The mask of the window, if a tile needs one.</summary>
    public BandMask? MakeBand(ScalarType dtype) => KeysOverlap ? new BandMask(_options.Window!.Value, BlockLength, _options.Causal, dtype) : null;

    /// <summary>A block of queries sees its own keys and a window on one side or on both.</summary>
    private void AddBlocks(int start, int length)
    {
        KeysOverlap = true;
        int reach = _options.Window!.Value - 1;
        for (int block = 0; block < length; block += BlockLength)
        {
            int end = Math.Min(block + BlockLength, length);
            int firstKey = Math.Max(0, block - reach);
            int endKey = _options.Causal ? end : Math.Min(length, end + reach);
            _tiles.Add(new SpanTile(start + block, end - block, start + firstKey, endKey - firstKey, Causal: false, Masked: true, Adds: true));
        }
    }
}
