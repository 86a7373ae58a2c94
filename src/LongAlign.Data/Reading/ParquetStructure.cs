using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Parquet.Schema;
using Fields = System.Collections.Generic.Dictionary<int, object>;

namespace LongAlign.Data;

/// <summary>
/// The structure of a Parquet file, checked before Parquet.Net 6.1.0 reads it: on some damage that would read without end. Nothing
/// is decompressed, and the file's position stays.
/// </summary>
/// <remarks>Numbers of fields are those of <see href="https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift">parquet.thrift</see>.</remarks>
internal sealed class ParquetStructure
{
    private const int MagicLength = 4;
    private const int TailLength = 8;
    private const int FirstHeaderRead = 1 << 12;

    private readonly SafeFileHandle _file;
    private readonly long _end;
    private readonly Fields[] _groups;

    /// <param name="file">The file, owned by the caller.</param>
    /// <exception cref="InvalidDataException">It is damaged, or no Parquet file.</exception>
    /// <exception cref="EndOfStreamException">It is damaged.</exception>
    public ParquetStructure(FileStream file)
    {
        _file = file.SafeFileHandle;
        byte[] tail = file.Length >= MagicLength + TailLength ? Read(file.Length - TailLength, TailLength) : [];
        if (tail.Length == 0 || !Read(0, MagicLength).AsSpan().SequenceEqual("PAR1"u8) || !tail.AsSpan(MagicLength).SequenceEqual("PAR1"u8))
        {
            throw new InvalidDataException("It does not begin and end with PAR1.");
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        _end = file.Length - TailLength - length;
        if (_end < MagicLength)
        {
            throw new InvalidDataException($"Its metadata has {length} bytes, and the file {file.Length}.");
        }

        Fields metadata = new CompactThrift(Read(_end, (int)length)).ReadStruct();
        int leaves = CheckSchema(Structs(metadata, 2));
        _groups = Structs(metadata, 4);
        foreach ((Fields group, int i) in _groups.Select((group, i) => (group, i)))
        {
            int columns = Structs(group, 1).Length;
            if (columns != leaves)
            {
                throw new InvalidDataException($"Row group {i} has {columns} columns, and the schema {leaves}.");
            }
        }
    }

    /// <summary>Goes through the pages of some columns of a row group.</summary>
    /// <exception cref="InvalidDataException">Their description is impossible.</exception>
    /// <exception cref="EndOfStreamException">A page is damaged.</exception>
    public void CheckGroup(int index, params ReadOnlySpan<DataField> columns)
    {
        Fields group = _groups[index];
        foreach (DataField column in columns)
        {
            string path = string.Join('.', column.Path.ToList());
            Fields[] chunks = [.. Structs(group, 1).Select(chunk => Struct(chunk, 3)).Where(chunk => string.Join('.', Values<byte[]>(chunk, 3).Select(Encoding.UTF8.GetString)) == path)];
            if (chunks.Length != 1)
            {
                throw new InvalidDataException($"It has {chunks.Length} columns {path}; expected one.");
            }

            CheckPages(chunks[0], Integer(group, 3), path);
        }
    }

    /// <summary>The columns that hold values.</summary>
    private static int CheckSchema(Fields[] elements)
    {
        int leaves = 0;
        Stack<long> open = new([1]);
        foreach (Fields element in elements)
        {
            while (open.TryPeek(out long due) && due == 0)
            {
                open.Pop();
            }

            long children = element.ContainsKey(5) ? Integer(element, 5) : 0;
            if (open.Count == 0 || children < 0 || children > elements.Length)
            {
                throw new InvalidDataException("Its schema is not a tree.");
            }

            _ = Values<byte>(element, 4);
            open.Push(open.Pop() - 1);
            open.Push(children);
            leaves += children == 0 ? 1 : 0;
        }

        return open.All(due => due == 0) ? leaves : throw new InvalidDataException("Its schema ends too early.");
    }

    private void CheckPages(Fields chunk, long rows, string path)
    {
        long values = Integer(chunk, 5);
        long size = Integer(chunk, 6);
        long data = Integer(chunk, 9);
        long position = chunk.ContainsKey(11) && Integer(chunk, 11) is var dictionary and > 0 ? Math.Min(dictionary, data) : data;
        if (rows < 0 || values < rows || position < MagicLength || Integer(chunk, 7) > _end - position)
        {
            throw new InvalidDataException($"Column {path} has {values} values for {rows} rows, {Integer(chunk, 7)} bytes from {position}, in a file with {_end} bytes of data.");
        }

        long left = values;
        while (left > 0)
        {
            (Fields page, int headerLength) = ReadHeader(position);
            long compressed = Integer(page, 3);
            long uncompressed = Integer(page, 2);
            position += headerLength;
            if (compressed < 0 || compressed > _end - position || uncompressed < 0 || uncompressed > size)
            {
                throw new InvalidDataException($"A page of column {path} at {position} has {compressed} bytes that become {uncompressed}, in a column that becomes {size}.");
            }

            position += compressed;
            long count = Integer(page, 1) switch
            {
                0 => Integer(Struct(page, 5), 1),
                3 => Integer(Struct(page, 8), 1),
                2 when Integer(Struct(page, 7), 1) is var words => words >= 0 && words <= uncompressed ? 0 : throw new InvalidDataException($"A dictionary of column {path} has {words} values in {uncompressed} bytes."),
                _ => 0,
            };
            left -= count >= 0 && count <= left ? count : throw new InvalidDataException($"A page of column {path} has {count} values, and {left} are left.");
        }
    }

    private (Fields Page, int Length) ReadHeader(long position)
    {
        for (int length = FirstHeaderRead; ; length *= 4)
        {
            bool isAll = length >= _end - position;
            try
            {
                CompactThrift thrift = new(Read(position, (int)Math.Clamp(_end - position, 0, length)));
                Fields page = thrift.ReadStruct();
                return (page, thrift.Position);
            }
            catch (EndOfStreamException) when (!isAll && length < 1 << 28)
            {
                // Statistics with long texts may be in it.
            }
        }
    }

    private byte[] Read(long position, int length)
    {
        byte[] bytes = new byte[length];
        for (int read = 0; read < length;)
        {
            int more = RandomAccess.Read(_file, bytes.AsSpan(read), position + read);
            read += more > 0 ? more : throw new EndOfStreamException("The file ends too early.");
        }

        return bytes;
    }

    private static Fields[] Structs(Fields fields, int id) => [.. Values<Fields>(fields, id)];

    private static IEnumerable<T> Values<T>(Fields fields, int id)
        => Value<object>(fields, id) switch
        {
            IEnumerable<T> values => values,
            List<object> values when values.TrueForAll(value => value is T) => values.Cast<T>(),
            _ => throw new InvalidDataException($"Field {id} of the metadata is of another type."),
        };

    private static Fields Struct(Fields fields, int id) => Value<Fields>(fields, id);

    private static long Integer(Fields fields, int id) => Value<long>(fields, id);

    private static T Value<T>(Fields fields, int id)
        => fields.TryGetValue(id, out object? value) && value is T found ? found : throw new InvalidDataException($"Field {id} of the metadata is missing, or of another type.");
}
