using System.Buffers;
using LongAlign.Sequences;
using Parquet;
using Parquet.Schema;

namespace LongAlign.Data.Export;

/// <summary>The columns of a row group: the lists of all its packs one after another, and where each list begins.</summary>
internal sealed class ParquetColumns
{
    private readonly ArrayBufferWriter<long> _inputIds = new();
    private readonly ArrayBufferWriter<long> _labels = new();
    private readonly ArrayBufferWriter<long> _positionIds = new();
    private readonly ArrayBufferWriter<float> _lossWeights = new();
    private readonly ArrayBufferWriter<int> _cuSeqLens = new();
    private readonly ArrayBufferWriter<int> _tokenLevels = new(); // 0 where a list begins, 1 elsewhere: Parquet's repetition levels
    private readonly ArrayBufferWriter<int> _boundaryLevels = new();
    private readonly ArrayBufferWriter<int> _present = new(); // no list and no element is null: the definition level is the highest everywhere
    private readonly DataField[] _fields =
    [
        new DataField<long>("element"), new DataField<long>("element"), new DataField<long>("element"), new DataField<float>("element"), new DataField<int>("element"),
    ];

    public ParquetColumns()
        => Schema = new(
            new ListField("input_ids", _fields[0]), new ListField("labels", _fields[1]), new ListField("position_ids", _fields[2]),
            new ListField("loss_weights", _fields[3]), new ListField("cu_seqlens", _fields[4]));

    public ParquetSchema Schema { get; }

    public int TokenCount => _inputIds.WrittenCount;

    public void Add(PackSource source, MicroBatch pack)
    {
        int start = TokenCount;
        Take(_cuSeqLens, 1)[0] = 0;
        foreach (int sequence in pack.Indices.Span)
        {
            int length = source.LengthOf(pack, sequence);
            source.Write(pack, sequence, Take(_inputIds, length), Take(_labels, length), Take(_lossWeights, length));
            Span<long> positions = Take(_positionIds, length);
            for (int t = 0; t < length; t++)
            {
                positions[t] = t;
            }

            Take(_cuSeqLens, 1)[0] = TokenCount - start;
        }

        TakeLevels(_tokenLevels, TokenCount - start);
        TakeLevels(_boundaryLevels, pack.Count + 1);
        Take(_present, TokenCount - start + pack.Count + 1).Fill(_fields[0].MaxDefinitionLevel);
    }

    public async Task WriteAsync(ParquetRowGroupWriter group, CancellationToken cancellationToken)
    {
        await Write(_fields[0], _inputIds, _tokenLevels).ConfigureAwait(false);
        await Write(_fields[1], _labels, _tokenLevels).ConfigureAwait(false);
        await Write(_fields[2], _positionIds, _tokenLevels).ConfigureAwait(false);
        await Write(_fields[3], _lossWeights, _tokenLevels).ConfigureAwait(false);
        await Write(_fields[4], _cuSeqLens, _boundaryLevels).ConfigureAwait(false);

        Task Write<T>(DataField field, ArrayBufferWriter<T> values, ArrayBufferWriter<int> levels)
            where T : struct
            => group.WriteAllPartsAsync(field, values.WrittenMemory, _present.WrittenMemory[..values.WrittenCount], levels.WrittenMemory, cancellationToken);
    }

    public void Clear()
    {
        _inputIds.ResetWrittenCount();
        _labels.ResetWrittenCount();
        _positionIds.ResetWrittenCount();
        _lossWeights.ResetWrittenCount();
        _cuSeqLens.ResetWrittenCount();
        _tokenLevels.ResetWrittenCount();
        _boundaryLevels.ResetWrittenCount();
        _present.ResetWrittenCount();
    }

    private static Span<T> Take<T>(ArrayBufferWriter<T> buffer, int count)
    {
        Span<T> span = buffer.GetSpan(count)[..count];
        buffer.Advance(count);
        return span;
    }

    private static void TakeLevels(ArrayBufferWriter<int> buffer, int count)
    {
        Span<int> levels = Take(buffer, count);
        levels.Fill(1);
        levels[0] = 0;
    }
}
