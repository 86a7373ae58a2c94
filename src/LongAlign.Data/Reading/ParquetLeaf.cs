using System.Text.Json;
using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace LongAlign.Data;

/// <summary>A column of values of a row group, gone through value by value.</summary>
internal abstract class ParquetLeaf(DataField column) : IDisposable
{
    public int At { get; private set; }

    public abstract int Count { get; }

    /// <summary>The definition level: the depth to which the path to the current value is present.</summary>
    public int Definition => Definitions.IsEmpty ? Column.MaxDefinitionLevel : Definitions[At];

    /// <summary>The repetition level: the list that the current value continues; 0 begins a row.</summary>
    public int Repetition => Repetitions.IsEmpty ? 0 : Repetitions[At];

    public bool IsAtEnd => At >= Count;

    protected DataField Column { get; } = column;

    protected abstract ReadOnlySpan<int> Definitions { get; }

    protected abstract ReadOnlySpan<int> Repetitions { get; }

    /// <summary>Reads a column; null where its type is none that JSON has.</summary>
    public static ParquetLeaf? Read(ParquetRowGroupReader group, DataField field)
    {
        if (!IsRead(field))
        {
            return null;
        }

        object data = group.ReadRawColumnDataBaseAsync(field).AsTask().GetAwaiter().GetResult();
        return data switch
        {
            RawColumnData<ReadOnlyMemory<char>> texts => new Of<ReadOnlyMemory<char>>(field, texts, (json, value) => json.WriteStringValue(value.Span)),
            RawColumnData<bool> values => new Of<bool>(field, values, (json, value) => json.WriteBooleanValue(value)),
            RawColumnData<int> values => new Of<int>(field, values, (json, value) => json.WriteNumberValue(value)),
            RawColumnData<long> values => new Of<long>(field, values, (json, value) => json.WriteNumberValue(value)),
            RawColumnData<float> values => new Of<float>(field, values, (json, value) => WriteNumber(json, value)),
            RawColumnData<double> values => new Of<double>(field, values, WriteNumber),
            _ => throw new InvalidDataException($"Column {field.Path} is not of the type that the schema says."),
        };
    }

    /// <summary>Whether JSON has values of a column's type.</summary>
    public static bool IsRead(DataField field) => field.ClrType == typeof(ReadOnlyMemory<char>) || field.ClrType == typeof(bool)
        || field.ClrType == typeof(int) || field.ClrType == typeof(long) || field.ClrType == typeof(float) || field.ClrType == typeof(double);

    /// <summary>Writes the current value, and goes to the next.</summary>
    public void Write(Utf8JsonWriter json)
    {
        if (Definition == Column.MaxDefinitionLevel)
        {
            WriteValue(json);
        }
        else
        {
            json.WriteNullValue();
        }

        At++;
    }

    /// <summary>Goes to the next value.</summary>
    public void Skip()
    {
        if (Definition == Column.MaxDefinitionLevel)
        {
            WriteValue(json: null);
        }

        At++;
    }

    public abstract void Dispose();

    protected abstract void WriteValue(Utf8JsonWriter? json);

    /// <summary>JSON has no number for what is none, and who reads it is to say so.</summary>
    private static void WriteNumber(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteStringValue($"{value}");
        }
    }

    private sealed class Of<T>(DataField column, RawColumnData<T> data, Action<Utf8JsonWriter, T> write) : ParquetLeaf(column)
        where T : struct
    {
        private int _value;

        public override int Count => Math.Max(Repetitions.Length, Definitions.IsEmpty ? data.Values.Length : Definitions.Length);

        protected override ReadOnlySpan<int> Definitions => Column.MaxDefinitionLevel > 0 ? data.DefinitionLevels : [];

        protected override ReadOnlySpan<int> Repetitions => Column.MaxRepetitionLevel > 0 ? data.RepetitionLevels : [];

        public override void Dispose() => data.Dispose();

        protected override void WriteValue(Utf8JsonWriter? json)
        {
            if (json is not null)
            {
                write(json, data.Values[_value]);
            }

            _value++;
        }
    }
}
