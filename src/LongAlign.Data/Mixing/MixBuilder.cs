using LongAlign.Sequences;

namespace LongAlign.Data;

/// <summary>One run of a <see cref="DatasetMixer"/>.</summary>
internal sealed class MixBuilder(DatasetMixer mixer, IReadOnlyList<MixSource> sources, RowStore store)
{
    private readonly DataReportBuilder _report = new("mixing");
    private DataReport? _reading;

    public MixedChats Build()
    {
        try
        {
            List<RowReference>[] rows = ReadAll();
            store.Complete();
            RowReference[] mix = Draw(rows);
            (RowReference[] training, RowReference[] heldOut) = Split(mix);
            if (mixer.Shuffle)
            {
                RandomOf(stream: 0).Shuffle(training.AsSpan());
                RandomOf(stream: 1).Shuffle(heldOut.AsSpan());
            }

            DataReport report = _report.Build();
            return new MixedChats(store, training, heldOut, _reading is null ? report : report.After(_reading));
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>The rows of each source, without those that are there already.</summary>
    private List<RowReference>[] ReadAll()
    {
        HashSet<UInt128> seen = [];
        DataReportBuilder reading = new("reading");
        List<RowReference>[] all = [.. sources.Select(source => ReadOne(source.Chats.Source, seen, reading))];
        _reading = reading.Build();
        return all;
    }

    private List<RowReference> ReadOne(ChatSource source, HashSet<UInt128> seen, DataReportBuilder reading)
    {
        List<RowReference> rows = [];
        foreach (ChatRow row in source.Read(reading))
        {
            UInt128 hash = ConversationHash.Of(row.Conversation!);
            if (seen.Add(hash) || !mixer.Deduplicate)
            {
                rows.Add(store.Add(row, hash));
            }
            else
            {
                _report.Skip("the same as an earlier conversation", row.Conversation!.Source);
            }
        }

        return rows;
    }

    private RowReference[] Draw(List<RowReference>[] rows)
    {
        int[] counts = CountRows([.. rows.Select(list => list.Count)]);
        List<RowReference> mix = [];
        for (int s = 0; s < rows.Length; s++)
        {
            // The first of one permutation, so that fewer rows are some of more.
            int[] order = RandomOf((ulong)s + 2).Permutation(rows[s].Count);
            int[] drawn = order[..counts[s]];
            Array.Sort(drawn);
            mix.AddRange(drawn.Select(i => rows[s][i]));
            for (int i = 0; i < drawn.Length; i++)
            {
                _report.Keep();
            }

            if (counts[s] < rows[s].Count)
            {
                _report.Skip($"not drawn, {counts[s]} of {rows[s].Count} rows of source {s}", rows[s].Count - counts[s], $"source {s}", detail: null);
            }
        }

        return [.. mix];
    }

    /// <summary>Returns the number of rows to draw from each source.</summary>
    /// <exception cref="InvalidOperationException">A source has fewer rows than were asked for.</exception>
    private int[] CountRows(int[] available)
    {
        double weights = sources.Sum(source => source.Weight ?? 0);

        // The most rows of which every weighted source has its share.
        double total = sources.Select((source, s) => source.Weight is { } weight ? available[s] * weights / weight : double.PositiveInfinity).Min();
        int[] counts = new int[sources.Count];
        for (int s = 0; s < counts.Length; s++)
        {
            MixSource source = sources[s];
            counts[s] = source.Weight is { } weight ? Math.Min(available[s], (int)Math.Round(total * weight / weights)) : source.Count ?? available[s];
            if (counts[s] > available[s])
            {
                throw new InvalidOperationException($"{counts[s]} rows of source {s} were asked for; it has {available[s]}, without those that are there twice.");
            }
        }

        return counts;
    }

    /// <summary>Holds out the rows whose text and seed hash lowest: adding rows moves few from one side to the other.</summary>
    private (RowReference[] Training, RowReference[] HeldOut) Split(RowReference[] mix)
    {
        if (mixer.HoldOut == 0)
        {
            return (mix, []);
        }

        if (mixer.HoldOut < 0 || mixer.HoldOut >= mix.Length)
        {
            throw new InvalidOperationException($"{mixer.HoldOut} rows are to be held out of {mix.Length}; expected fewer, and not less than 0.");
        }

        UInt128[] keys = [.. mix.Select(row => Key(row.Hash))];
        UInt128[] sorted = [.. keys.Order()];
        UInt128 last = sorted[mixer.HoldOut - 1];
        return ([.. mix.Where((_, i) => keys[i] > last)], [.. mix.Where((_, i) => keys[i] <= last)]);
    }

    private UInt128 Key(UInt128 hash) => new(new SeededRandom(mixer.Seed ^ (ulong)hash).NextUInt64(), (ulong)(hash >> 64));

    /// <summary>A generator for each purpose: none takes numbers from another.</summary>
    private SeededRandom RandomOf(ulong stream) => new(new SeededRandom(mixer.Seed + (stream << 32)).NextUInt64());
}
