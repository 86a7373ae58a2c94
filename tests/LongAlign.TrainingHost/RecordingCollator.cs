using System.Collections.Concurrent;
using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Sequences;

namespace LongAlign.TrainingHost;

/// <summary>Remembers which sequences went into each batch.</summary>
public sealed class RecordingCollator(IBatchCollator inner) : IBatchCollator
{
    private readonly ConcurrentQueue<string> _batches = [];

    public TrainingBatch Collate(MicroBatch microBatch)
    {
        _batches.Enqueue(string.Join(',', microBatch.Indices.ToArray()));
        return inner.Collate(microBatch);
    }

    /// <summary>The next batches in order; the loader makes them some steps ahead.</summary>
    public string Take(int count) => string.Join(';', Enumerable.Range(0, count).Select(_ => _batches.TryDequeue(out string? batch) ? batch : "none"));
}
