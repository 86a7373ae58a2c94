using LongAlign.Collation;
using LongAlign.Distributed;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>The ranks that share packs with this one, each with a part of their tokens.</summary>
internal sealed class PackSharing : IPartExchange
{
    private readonly MeteredProcessGroup _group;
    private readonly RankVote _all;
    private readonly RankVote _neighbours;
    private ProcessGroupException? _failure;

    /// <summary>Ranks that share a pack are neighbours. Every rank of the run makes this call.</summary>
    /// <param name="group">All ranks.</param>
    /// <param name="size">As many share a pack.</param>
    /// <param name="all">The vote by which all ranks hear of a failure.</param>
    public PackSharing(IProcessGroup group, int size, RankVote all)
    {
        IProcessGroup neighbours = group.Split(group.Rank / size);
        _group = new MeteredProcessGroup(neighbours);
        _all = all;
        _neighbours = new RankVote(neighbours);
    }

    /// <summary>The time that this rank has waited so far for the ranks that it shares packs with.</summary>
    public TimeSpan Waited => _group.Waited;

    /// <summary>The time that exchanges with them have taken so far, counted from when all had arrived.</summary>
    public TimeSpan Communicated => _group.Communicated;

    /// <summary>Leaves this rank's part of a batch.</summary>
    /// <exception cref="InvalidOperationException">The batch is not a pack.</exception>
    public void Share(TrainingBatch batch)
    {
        if (batch is not PackedBatch pack)
        {
            throw new InvalidOperationException($"The collator gave a {batch.GetType().Name}; {nameof(LongAlignTrainerBuilder.UseSequenceParallelism)} takes a {nameof(PackedBatch)}.");
        }

        pack.Share(_group.Rank, _group.WorldSize, this);
    }

    /// <summary>Does the work of a step on the packs that this rank shares. If it fails, those that wait for this rank hear so, and then all ranks.</summary>
    /// <param name="work">Gets a token that is cancelled on all ranks or on none, for the whole step: neighbours must not stop apart.</param>
    /// <param name="cancellationToken">Of this rank.</param>
    public T Run<T>(Func<CancellationToken, T> work, CancellationToken cancellationToken)
    {
        CancellationToken ofAll = new(_all.IsAny(cancellationToken.IsCancellationRequested));
        T result;
        try
        {
            result = work(ofAll);
        }
        catch (Exception) when (_failure is not null)
        {
            throw new ProcessGroupException(_failure.Message, _failure); // a backward pass has made another exception of it
        }
        catch (Exception e) when (e is not ProcessGroupException)
        {
            _neighbours.Tell(e);
            throw;
        }

        Together(() => _neighbours.AddUp([]));
        return result;
    }

    public Tensor Exchange(Tensor parts) => is_grad_enabled() && parts.requires_grad ? ExchangeFunction.Run(parts, this) : Swap(parts);

    /// <summary>The exchange without gradients.</summary>
    public Tensor Swap(Tensor parts)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Tensor received = empty_like(parts);
        (Tensor from, Tensor to) = (parts.detach().view(-1), received.view(-1));
        Together(() => _group.AllToAll(from, to));
        return received.MoveToOuterDisposeScope();
    }

    /// <summary>A call of these ranks. Where one of them has failed, all ranks meet, once, to hear what it has to say.</summary>
    private void Together(Action call)
    {
        if (_failure is not null)
        {
            throw new ProcessGroupException(_failure.Message, _failure);
        }

        try
        {
            call();
        }
        catch (ProcessGroupException e)
        {
            _failure = e;
            try
            {
                _all.AddUp([]);
            }
            catch (ProcessGroupException told)
            {
                _failure = told;
            }

            throw new ProcessGroupException(_failure.Message, _failure);
        }
    }
}
