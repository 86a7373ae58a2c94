using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using LongAlign.Batching;
using LongAlign.Sequences;

namespace LongAlign.Collation;

/// <summary>
/// Makes batches on a separate thread, a few ahead of the step that needs them, so that training does not wait for data.
/// The order is the sampler's, whatever the number ahead.
/// </summary>
/// <example>
/// <code>
/// using BatchLoader loader = new(sampler.GetSteps(epoch: 0), new PackedBatchCollator(dataset), ahead: 2);
/// foreach (LoadedStep loaded in loader.GetSteps())
/// {
///     foreach (TrainingBatch made in loaded.Batches)
///     {
///         using TrainingBatch batch = made;    // yours to dispose, after its backward pass
///     }
/// }
/// </code>
/// </example>
/// <remarks>
/// For one consumer. An exception of the sampler or the collator comes out where its batch would have come. Dispose at any time:
/// the thread ends after the batch it is making, and batches that nobody took are disposed.
/// </remarks>
public sealed class BatchLoader : IDisposable
{
    private readonly IEnumerable<BatchStep> _steps;
    private readonly IBatchCollator _collator;
    private readonly BlockingCollection<Loaded> _loaded;
    private readonly CancellationTokenSource _stop;
    private readonly Thread _producer;
    private TrainingBatch? _next;
    private bool _isTaken;
    private long _waited;

    /// <summary>Starts to make batches.</summary>
    /// <param name="steps">The steps, as <see cref="IBatchSampler.GetSteps"/> gives them; enumerated once, on the loader's thread.</param>
    /// <param name="collator">Makes the batches, on the loader's thread.</param>
    /// <param name="ahead">The most batches that wait to be taken; 2 by default.</param>
    /// <param name="cancellationToken">Ends the steps with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="ahead"/> is less than 1.</exception>
    public BatchLoader(IEnumerable<BatchStep> steps, IBatchCollator collator, int ahead = 2, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentNullException.ThrowIfNull(collator);
        ArgumentOutOfRangeException.ThrowIfLessThan(ahead, 1);
        _steps = steps;
        _collator = collator;
        _loaded = new BlockingCollection<Loaded>(ahead);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _producer = new Thread(Produce) { IsBackground = true, Name = nameof(BatchLoader) };
        _producer.Start();
    }

    /// <summary>The time for which the consumer has waited for batches so far, in which training stands still.</summary>
    public TimeSpan WaitingTime => Stopwatch.GetElapsedTime(0, _waited);

    /// <summary>The steps, each as soon as its first batch is there. Can be enumerated once.</summary>
    /// <returns>The steps, in order.</returns>
    /// <exception cref="InvalidOperationException">They were enumerated before.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IEnumerable<LoadedStep> GetSteps()
    {
        if (_isTaken)
        {
            throw new InvalidOperationException("The steps of a loader can be taken once; make another loader for another epoch.");
        }

        _isTaken = true;
        return Iterate();

        IEnumerable<LoadedStep> Iterate()
        {
            while (TryTake(out Loaded first))
            {
                first.Fault?.Throw();
                _next = first.Batch;
                using IEnumerator<TrainingBatch> batches = BatchesOf(first.Step!).GetEnumerator();
                yield return new LoadedStep(first.Step!, Once(batches));
                while (batches.MoveNext())
                {
                    batches.Current.Dispose();
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _producer.Join();
        _next?.Dispose();
        while (_loaded.TryTake(out Loaded left))
        {
            left.Batch?.Dispose();
        }

        _loaded.Dispose();
        _stop.Dispose();
    }

    private IEnumerable<TrainingBatch> BatchesOf(BatchStep step)
    {
        for (int i = 0; i < step.MicroBatches.Count; i++)
        {
            TrainingBatch? batch = _next;
            _next = null;
            if (batch is null)
            {
                TryTake(out Loaded loaded);
                loaded.Fault?.Throw();
                batch = loaded.Batch!;
            }

            yield return batch;
        }
    }

    private static IEnumerable<TrainingBatch> Once(IEnumerator<TrainingBatch> batches)
    {
        while (batches.MoveNext())
        {
            yield return batches.Current;
        }
    }

    /// <summary>Waits for the next batch; false after the last.</summary>
    private bool TryTake(out Loaded loaded)
    {
        long began = Stopwatch.GetTimestamp();
        bool isTaken = _loaded.TryTake(out loaded, Timeout.Infinite, _stop.Token);
        _waited += Stopwatch.GetTimestamp() - began;
        return isTaken;
    }

    private void Produce()
    {
        try
        {
            foreach (BatchStep step in _steps)
            {
                foreach (MicroBatch microBatch in step.MicroBatches)
                {
                    Add(new Loaded(step, _collator.Collate(microBatch), null));
                }

                if (step.MicroBatches.Count == 0)
                {
                    Add(new Loaded(step, null, null)); // the packs of this step fell to other ranks
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e)
        {
            TryAdd(new Loaded(null, null, ExceptionDispatchInfo.Capture(e)));
        }

        _loaded.CompleteAdding();
    }

    private void Add(Loaded loaded)
    {
        try
        {
            _loaded.Add(loaded, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            loaded.Batch?.Dispose();
            throw;
        }
    }

    private void TryAdd(Loaded fault)
    {
        try
        {
            _loaded.Add(fault, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // Nobody is there any more to be told.
        }
    }

    /// <summary>A batch of a step, or what went wrong in its place.</summary>
    private readonly record struct Loaded(BatchStep? Step, TrainingBatch? Batch, ExceptionDispatchInfo? Fault);
}
