using System.Text;
using static TorchSharp.torch;

namespace LongAlign.Distributed;

/// <summary>
/// A vote in which ranks add up a few numbers and learn of each other's failures, so that all end at the same place. On one rank it does
/// nothing.
/// </summary>
internal sealed class RankVote(IProcessGroup group)
{
    /// <summary>The most numbers of a vote. All votes have one shape: a rank that fails casts the vote that the others wait for, whichever it is.</summary>
    private const int MaxNumbers = 32;

    private const int MessageBytes = 1024;

    /// <summary>Replaces numbers by their sums over all ranks.</summary>
    /// <exception cref="ProcessGroupException">Another rank has failed; the message says which and why.</exception>
    public void AddUp(Span<double> numbers)
    {
        if (group.WorldSize > 1 && Cast(numbers, fault: null) is { } failure)
        {
            throw new ProcessGroupException(failure);
        }
    }

    /// <summary>Whether any rank says yes.</summary>
    /// <exception cref="ProcessGroupException">Another rank has failed.</exception>
    public bool IsAny(bool here)
    {
        Span<double> count = [here ? 1 : 0];
        AddUp(count);
        return count[0] > 0;
    }

    /// <summary>Does what this rank has to do, tells the others if it fails, and returns when none has failed.</summary>
    public T Run<T>(Func<T> work)
    {
        try
        {
            T result = work();
            AddUp([]);
            return result;
        }
        catch (Exception e) when (e is not ProcessGroupException && group.WorldSize > 1)
        {
            Tell(e);
            throw;
        }
    }

    /// <summary>Tells the others, who are about to vote, that this rank has failed.</summary>
    public void Tell(Exception fault)
    {
        try
        {
            Cast([], fault);
        }
        catch (ProcessGroupException)
        {
            // The others are gone, and the fault is what the caller wants to know.
        }
    }

    /// <summary>One sum over the numbers and a mark for each rank that has failed; null, or what the first of these says.</summary>
    private string? Cast(Span<double> numbers, Exception? fault)
    {
        double[] values = new double[group.WorldSize + MaxNumbers];
        values[group.Rank] = fault is null ? 0 : 1;
        numbers.CopyTo(values.AsSpan(group.WorldSize));
        using Tensor sums = tensor(values);
        group.AllReduceSum(sums);
        sums.data<double>().CopyTo(values);
        int failed = Array.FindIndex(values, 0, group.WorldSize, mark => mark > 0);
        if (failed >= 0)
        {
            return $"Rank {failed} of {group.WorldSize} failed, and the run ends on every rank: {Share(fault, failed)}";
        }

        values.AsSpan(group.WorldSize, numbers.Length).CopyTo(numbers);
        return null;
    }

    private string Share(Exception? fault, int root)
    {
        byte[] text = new byte[MessageBytes];
        string own = fault is null ? "" : $"{fault.GetType().Name}: {fault.Message}";
        Encoding.UTF8.GetEncoder().Convert(own, text, flush: true, out _, out _, out _);
        using Tensor message = tensor(text);
        group.Broadcast(message, root);
        return Encoding.UTF8.GetString(message.data<byte>().ToArray()).TrimEnd('\0');
    }
}
