using Parquet;
using Parquet.Schema;

namespace LongAlign.Data;

/// <summary>
/// A Parquet file, read a row group at a time. What it says of itself is checked before it is believed, and whatever a damaged one makes of the reader
/// all the same, an index out of range or a read without end among them, is a <see cref="RowException"/>.
/// </summary>
internal sealed class ParquetFile : IDisposable
{
    private const string Reason = "damaged file";

    private readonly FileStream _file;
    private readonly ParquetStructure _structure;
    private readonly ParquetReader _reader;

    /// <exception cref="RowException">The file is damaged, or no Parquet file.</exception>
    public ParquetFile(string path)
    {
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            _structure = new ParquetStructure(_file);
            _reader = Wait(() => ParquetReader.CreateAsync(_file, leaveStreamOpen: true).GetAwaiter().GetResult());
            Schema = _reader.Schema;
        }
        catch (Exception e)
        {
            _file.Dispose();
            throw DamagedFile(e);
        }
    }

    /// <summary>The longest time for every 100 MB begun; longer means damage that <see cref="ParquetStructure"/> did not see.</summary>
    internal static TimeSpan Patience { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The number of times that reading took longer. Each time a thread is lost.</summary>
    internal static int LostThreads { get; private set; }

    public ParquetSchema Schema { get; }

    public int GroupCount => _reader.RowGroupCount;

    /// <summary>The most rows that a group is believed to have where none of them is seen.</summary>
    public long MostRows => Math.Max(1 << 20, _file.Length);

    /// <summary>Finds columns of values.</summary>
    /// <exception cref="RowException">The schema is damaged.</exception>
    public DataField[] FindColumns(Predicate<DataField> isWanted)
    {
        try
        {
            return Array.FindAll(Schema.GetDataFields(), isWanted);
        }
        catch (Exception e)
        {
            throw DamagedFile(e);
        }
    }

    /// <summary>Reads a row group.</summary>
    /// <param name="group">From 0 to <see cref="GroupCount"/> - 1.</param>
    /// <param name="columns">Those that are going to be read; of a damaged schema, enumerating them may throw.</param>
    /// <param name="read">Reads them.</param>
    /// <exception cref="RowException">The group is damaged.</exception>
    public T ReadGroup<T>(int group, IEnumerable<DataField> columns, Func<ParquetRowGroupReader, T> read)
    {
        try
        {
            _structure.CheckGroup(group, [.. columns]);
            return Wait(() =>
            {
                using ParquetRowGroupReader rows = _reader.OpenRowGroupReader(group);
                return read(rows);
            });
        }
        catch (Exception e)
        {
            throw new RowException(Reason, $"row group {group}, {CountRows(group)} rows from here, can't be read: {e.Message}", e);
        }
    }

    /// <summary>The rows that a group says it has, at least 1: as many are lost where it is damaged.</summary>
    public long CountRows(int group)
    {
        try
        {
            using ParquetRowGroupReader rows = _reader.OpenRowGroupReader(group);
            return Math.Max(1, rows.RowCount);
        }
        catch (Exception)
        {
            return 1;
        }
    }

    public void Dispose()
    {
        _reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _file.Dispose();
    }

    /// <exception cref="InvalidDataException">Reading took longer than a file of this size may.</exception>
    private T Wait<T>(Func<T> read)
    {
        TimeSpan limit = Patience * (1 + (_file.Length / 100_000_000));
        Task<T> task = Task.Factory.StartNew(read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (Task.WaitAny([task], limit) == 0)
        {
            return task.GetAwaiter().GetResult();
        }

        LostThreads++;
        throw new InvalidDataException($"Reading did not end within {(long)limit.TotalSeconds} s.");
    }

    private static RowException DamagedFile(Exception e) => new(Reason, $"the file is not a readable Parquet file: {e.Message}", e);
}
