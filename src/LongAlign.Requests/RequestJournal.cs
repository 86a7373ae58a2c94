using System.Text;
using Microsoft.Win32.SafeHandles;

namespace LongAlign.Requests;

/// <summary>
/// The journal of requests to models and their replies: JSON Lines that are only ever appended to. A reply is on the disk before it counts,
/// so a killed run resumes with the calls that are missing. Failures are kept as failures, and never taken for results.
/// </summary>
/// <remarks>It holds no messages (they are known by their key) and no secrets. May be used from several threads; one process at a time. Dispose closes the file.</remarks>
public sealed class RequestJournal : IDisposable
{
    private static readonly byte[] Header = Encoding.ASCII.GetBytes("{\"journal\":\"LongAlign requests\",\"version\":1}\n");

    private readonly Lock _lock = new();
    private readonly SafeFileHandle _file;
    private readonly Dictionary<string, (long Offset, int Length)> _replies = [];
    private readonly Dictionary<string, RequestFailure> _failures = [];
    private readonly List<JournalRecord> _spending = [];
    private long _length;

    private RequestJournal(string path)
    {
        FilePath = path;
        _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    }

    /// <summary>The file.</summary>
    public string FilePath { get; }

    /// <summary>Replies in the file.</summary>
    public int ReplyCount
    {
        get
        {
            lock (_lock)
            {
                return _replies.Count;
            }
        }
    }

    /// <summary>Lines at the end that a kill left unfinished and that were cut off: 0 or 1.</summary>
    public int TornLines { get; private set; }

    /// <summary>Calls that were under way when earlier runs were killed: it is in doubt whether they were paid for.</summary>
    public int CallsInDoubt { get; private set; }

    /// <summary>The records of what earlier runs paid or may have paid: replies; failures and starts that are in doubt.</summary>
    internal IReadOnlyList<JournalRecord> Spending => _spending;

    /// <summary>Opens a journal, or begins one.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <returns>The journal; the caller owns it.</returns>
    /// <exception cref="JournalException">The file is not a journal, or one of its lines is damaged; the message names it.</exception>
    /// <exception cref="IOException">Another process has the file open.</exception>
    public static RequestJournal Open(string path)
    {
        RequestJournal journal = new(path);
        try
        {
            journal.Load();
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>The reply that there is, without its thoughts.</summary>
    internal ModelReply? FindReply(string key)
    {
        (long Offset, int Length) place;
        lock (_lock)
        {
            if (!_replies.TryGetValue(key, out place))
            {
                return null;
            }
        }

        byte[] line = new byte[place.Length];
        int read = RandomAccess.Read(_file, line, place.Offset);
        return (read == line.Length ? JournalRecord.FromLine(line)?.Reply?.WithoutThoughts() : null)
            ?? throw new JournalException($"{FilePath} was changed while it was open: the reply at byte {place.Offset} is gone.");
    }

    /// <summary>The failure that ended an item for good, if it has no reply.</summary>
    internal RequestFailure? FindPermanentFailure(string key)
    {
        lock (_lock)
        {
            return _failures.GetValueOrDefault(key);
        }
    }

    internal void Append(JournalRecord record)
    {
        byte[] line = record.ToLine();
        lock (_lock)
        {
            try
            {
                RandomAccess.Write(_file, line, _length);
                if (record.Event == JournalEvent.Reply)
                {
                    RandomAccess.FlushToDisk(_file);
                }
            }
            catch (IOException)
            {
                // Half a line in the middle would spoil the file: the disk may be full.
                RandomAccess.SetLength(_file, _length);
                throw;
            }

            Index(record, _length, line.Length - 1);
            _length += line.Length;
        }
    }

    private void Load()
    {
        Dictionary<string, List<JournalRecord>> started = [];
        int number = 0;
        foreach ((byte[] line, bool isEnded) in JournalLines.Read(_file))
        {
            number++;
            if (number == 1)
            {
                if (!Header.AsSpan().StartsWith(line))
                {
                    throw new JournalException($"{FilePath} is not a journal of requests: its first line is not {Encoding.ASCII.GetString(Header).TrimEnd()}.");
                }

                _length = isEnded ? Header.Length : 0;
                TornLines = isEnded ? 0 : 1;
                continue;
            }

            JournalRecord? record = isEnded ? JournalRecord.FromLine(line) : null;
            if (record is null)
            {
                // A power cut may leave zeros where bytes had not reached the disk.
                if (!isEnded || line.AsSpan().Contains((byte)0))
                {
                    TornLines = 1;
                    continue;
                }

                throw Damaged(number);
            }

            if (TornLines > 0)
            {
                throw Damaged(number - 1);
            }

            Index(record, _length, line.Length);
            Account(record, started);
            _length += line.Length + 1;
        }

        CallsInDoubt = started.Values.Sum(records => records.Count);
        _spending.AddRange(started.Values.SelectMany(records => records));
        RandomAccess.SetLength(_file, _length);
        if (_length == 0)
        {
            RandomAccess.Write(_file, Header, 0);
            _length = Header.Length;
        }
    }

    private JournalException Damaged(int number) => new(
        $"{FilePath}, line {number}: the line is damaged: its checksum or form is wrong. Restore the file, or delete the line to have its request asked again.");

    private void Index(JournalRecord record, long offset, int length)
    {
        if (record.Event == JournalEvent.Reply)
        {
            _replies.TryAdd(record.Key, (offset, length));
            _failures.Remove(record.Key);
        }
        else if (record.Failure is { Kind: RequestFailureKind.PermanentForItem })
        {
            _failures[record.Key] = record.Failure;
        }
    }

    private void Account(JournalRecord record, Dictionary<string, List<JournalRecord>> started)
    {
        if (record.Event == JournalEvent.Start)
        {
            (started.TryGetValue(record.Key, out List<JournalRecord>? starts) ? starts : started[record.Key] = []).Add(record);
            return;
        }

        if (started.TryGetValue(record.Key, out List<JournalRecord>? open) && open.Count > 0)
        {
            open.RemoveAt(open.Count - 1);
        }

        if (record.Usage != default)
        {
            _spending.Add(record);
        }
    }
}
