namespace LongAlign.Data;

/// <summary>
/// Mixes chats of several sources: draws from each, leaves out what is there twice, holds some out, and shuffles. The same seed and data
/// give the same mix on every machine. Rows are handled by their place in their files, so that memory grows by some 70 bytes a row and
/// not with texts; what can't be read again by its place (compressed files, Parquet, conversations in memory) is copied to a temporary file.
/// </summary>
/// <example>
/// <code>
/// using MixedChats mix = new DatasetMixer { Seed = 42, HoldOut = 200 }
///     .Add(ChatDataset.Load("long.jsonl"), count: 10_000)
///     .Add(ChatDataset.Load("sharegpt.jsonl"))
///     .Mix();
/// </code>
/// </example>
/// <remarks>Not thread-safe while sources are added.</remarks>
public sealed class DatasetMixer
{
    private readonly List<MixSource> _sources = [];

    /// <summary>Gets the seed of draws, hold-out and order.</summary>
    /// <value>42 by default.</value>
    public ulong Seed { get; init; } = 42;

    /// <summary>Gets whether a conversation whose roles and texts are those of an earlier one is left out.</summary>
    /// <value>True by default.</value>
    public bool Deduplicate { get; init; } = true;

    /// <summary>Gets whether the mix is shuffled; otherwise sources follow one another, with their rows in order.</summary>
    /// <value>True by default.</value>
    public bool Shuffle { get; init; } = true;

    /// <summary>
    /// Gets the rows that are held out, for evaluation. Which they are depends on the seed and their text alone, and rows of the same text
    /// go to the same side.
    /// </summary>
    /// <value>0 by default.</value>
    public int HoldOut { get; init; }

    /// <summary>Adds all rows of a source.</summary>
    /// <param name="source">The chats.</param>
    /// <returns>This mixer.</returns>
    public DatasetMixer Add(ChatDataset source) => Add(new MixSource(source, Count: null, Weight: null));

    /// <summary>Adds rows of a source, drawn by seed. With the same seed, fewer rows are some of more: 5k of 10k.</summary>
    /// <param name="source">The chats.</param>
    /// <param name="count">The number of rows; 0 is allowed, as in the paper's 0k.</param>
    /// <returns>This mixer.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    public DatasetMixer Add(ChatDataset source, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return Add(new MixSource(source, count, Weight: null));
    }

    /// <summary>Adds as many rows of a source as its weight beside that of the others allows, and no more than it has.</summary>
    /// <param name="source">The chats.</param>
    /// <param name="weight">Its share of all rows of sources with a weight, relative to their weights.</param>
    /// <returns>This mixer.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="weight"/> is not positive and finite.</exception>
    public DatasetMixer AddByWeight(ChatDataset source, double weight)
    {
        if (!double.IsFinite(weight) || weight <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(weight), weight, "A weight is positive and finite.");
        }

        return Add(new MixSource(source, Count: null, weight));
    }

    /// <summary>Reads all sources once and draws.</summary>
    /// <returns>The mix; dispose it when its rows are no longer read.</returns>
    /// <exception cref="InvalidOperationException">There is no source, or one has fewer rows than were asked for, or more are held out than there are.</exception>
    /// <exception cref="ChatDataException">A row is not a conversation, and its source takes that for an error.</exception>
    public MixedChats Mix()
    {
        if (_sources.Count == 0)
        {
            throw new InvalidOperationException("There is no source; expected at least one.");
        }

        return new MixBuilder(this, _sources, new RowStore()).Build();
    }

    private DatasetMixer Add(MixSource source)
    {
        ArgumentNullException.ThrowIfNull(source.Chats, nameof(source));
        _sources.Add(source);
        return this;
    }
}
