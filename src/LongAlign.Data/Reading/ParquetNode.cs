using System.Text.Json;
using Parquet.Schema;

namespace LongAlign.Data;

/// <summary>A field of a Parquet file as JSON: a value, a list or an object, put together from its columns.</summary>
internal sealed class ParquetNode
{
    private readonly Field _field;
    private readonly ParquetLeaf? _leaf;
    private readonly ParquetNode[] _inner;
    private readonly ParquetLeaf[] _leaves;

    /// <param name="field">The field.</param>
    /// <param name="leaves">The columns of the row group that are read.</param>
    public ParquetNode(Field field, IReadOnlyDictionary<FieldPath, ParquetLeaf> leaves)
    {
        _field = field;
        Name = field.Name;
        _leaf = field is DataField ? leaves.GetValueOrDefault(field.Path) : null;
        _inner = [.. Children(field).Select(child => new ParquetNode(child, leaves))];
        _leaves = _leaf is not null ? [_leaf] : [.. _inner.SelectMany(child => child._leaves)];
    }

    public string Name { get; }

    /// <summary>Whether there is nothing of it that is read; who reads the row is to know that it is there.</summary>
    private bool IsUnread => _leaves.Length == 0;

    private bool IsNull => !IsUnread && _field switch
    {
        DataField { IsArray: false } leaf => _leaves[0].Definition < leaf.MaxDefinitionLevel,
        ListField or MapField => _leaves[0].Definition < _field.MaxDefinitionLevel - 1,
        StructField => _leaves[0].Definition < _field.MaxDefinitionLevel,
        _ => false,
    };

    public static IEnumerable<DataField> Columns(Field field) => field is DataField column ? [column] : Children(field).SelectMany(Columns);

    /// <summary>Writes a property, unless it is null, and goes to the next row.</summary>
    public void WriteProperty(Utf8JsonWriter json)
    {
        if (IsNull)
        {
            Skip();
            return;
        }

        json.WritePropertyName(Name);
        Write(json);
    }

    private static Field[] Children(Field field) => field switch
    {
        ListField list => [list.Item],
        MapField map => [map.Key, map.Value],
        StructField inner => [.. inner.Fields],
        _ => [],
    };

    private void Write(Utf8JsonWriter json)
    {
        if (IsUnread)
        {
            json.WriteBooleanValue(true);
        }
        else if (IsNull)
        {
            Skip();
            json.WriteNullValue();
        }
        else if (_field is StructField)
        {
            json.WriteStartObject();
            foreach (ParquetNode child in _inner)
            {
                child.WriteProperty(json);
            }

            json.WriteEndObject();
        }
        else if (_field is DataField { IsArray: false })
        {
            _leaf!.Write(json);
        }
        else
        {
            WriteItems(json);
        }
    }

    private void WriteItems(Utf8JsonWriter json)
    {
        bool isMap = _field is MapField;
        (Action start, Action end) = isMap ? ((Action)json.WriteStartObject, (Action)json.WriteEndObject) : (json.WriteStartArray, json.WriteEndArray);
        start();
        ParquetLeaf first = _leaves[0];
        if (first.Definition < _field.MaxDefinitionLevel)
        {
            Skip();
        }
        else
        {
            do
            {
                if (isMap)
                {
                    WriteEntry(json);
                }
                else if (_leaf is not null)
                {
                    _leaf.Write(json);
                }
                else
                {
                    _inner[0].Write(json);
                }
            }
            while (!first.IsAtEnd && first.Repetition >= Repetition);
        }

        end();
    }

    private int Repetition => _field.MaxRepetitionLevel;

    private void WriteEntry(Utf8JsonWriter json)
    {
        using MemoryStream key = new();
        using (Utf8JsonWriter inner = new(key))
        {
            _inner[0].Write(inner);
        }

        using JsonDocument name = JsonDocument.Parse(key.ToArray());
        json.WritePropertyName(name.RootElement.ToString());
        _inner[1].Write(json);
    }

    private void Skip()
    {
        foreach (ParquetLeaf leaf in _leaves)
        {
            leaf.Skip();
        }
    }
}
