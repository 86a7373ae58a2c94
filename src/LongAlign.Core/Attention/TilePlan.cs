using LongAlign.Collation;

namespace LongAlign.Attention;

/// <summary>
/// The tiles of a pack: a sequence is one tile, or blocks of queries where a window is shorter than it or where blocks of a length are
/// asked for.
/// </summary>
internal sealed class TilePlan
{
    private const int MinBlock = 256;
    private const int MaxBlock = 512;

    private readonly List<AttentionTile> _tiles = [];

    private readonly int? _blockLength;

    public TilePlan(PackLayout layout, AttentionOptions options, int? blockLength = null)
    {
        Options = options;
        _blockLength = blockLength;
        for (int i = 0; i < layout.SequenceCount; i++)
        {
            (int start, int length) = (layout.CuSeqLens[i], layout.GetLength(i));
            if (options.Window < length || blockLength < length)
            {
                AddBlocks(start, length, Math.Min(options.Window ?? length, length) - 1);
            }
            else
            {
                _tiles.Add(new AttentionTile(start, length, start, length, Windowed: false));
            }
        }
    }

    public AttentionOptions Options { get; }

    public IReadOnlyList<AttentionTile> Tiles => _tiles;

    /// <summary>Whether a tile is windowed: a key then belongs to several tiles.</summary>
    public bool Windowed { get; private set; }

    private int BlockLength => _blockLength ?? Math.Clamp(Options.Window!.Value, MinBlock, MaxBlock);

    /// <summary>The mask of the window, if a tile needs one.</summary>
    public BandMask? MakeBand() => Windowed ? new BandMask(Options.Window!.Value, BlockLength, Options.Causal) : null;

    private void AddBlocks(int start, int length, int reach)
    {
        Windowed = true;
        for (int block = 0; block < length; block += BlockLength)
        {
            int end = Math.Min(block + BlockLength, length);
            int firstKey = Math.Max(0, block - reach);
            int endKey = Options.Causal ? end : Math.Min(length, end + reach);
            _tiles.Add(new AttentionTile(start + block, end - block, start + firstKey, endKey - firstKey, Windowed: true));
        }
    }
}
