using System.Diagnostics;
using System.Runtime.InteropServices;

namespace LongAlign.Distributed.Mpi;

/// <summary>
/// Ranks meet before every call: each says what it is about to do. So no rank waits in MPI, where nothing can end the wait, for one that
/// does not come, and a rank that calls something else is found before memory is touched.
/// </summary>
/// <remarks>
/// A rank that has waited too long calls the roll: it signals that it waits, others that wait answer by the same signal, and those who
/// don't are the ones that are missing.
/// </remarks>
internal sealed unsafe class MpiMeeting
{
    private const int RollCallTag = 4242;

    private static readonly TimeSpan Busy = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan RollCall = TimeSpan.FromSeconds(2);

    private readonly OpenMpi _mpi;
    private readonly TimeSpan _timeout;
    private readonly MpiCall* _calls;
    private readonly string[] _names;
    private readonly int _rank;

    /// <summary>Meets the others for the first time.</summary>
    public MpiMeeting(OpenMpi mpi, TimeSpan timeout)
    {
        _mpi = mpi;
        _timeout = timeout;
        _rank = mpi.Rank;

        // Never freed: MPI may write here as long as a meeting that failed is not over.
        _calls = (MpiCall*)NativeMemory.AllocZeroed((nuint)(mpi.Size + 1), (nuint)sizeof(MpiCall));
        _names = [.. Enumerable.Range(0, mpi.Size).Select(rank => $"rank {rank}")];
        Meet(new MpiCall(MpiCallKind.Enter, Count: Environment.ProcessId));
        _names = [.. Calls.ToArray().Select((call, rank) => $"rank {rank} (process {call.Count})")];
    }

    private ReadOnlySpan<MpiCall> Calls => new(_calls + 1, _names.Length);

    /// <summary>Returns when every rank has come for the same call.</summary>
    /// <exception cref="ProcessGroupException">One has not come in time, or for another call.</exception>
    public void Meet(MpiCall call)
    {
        _calls[0] = call;
        nint request = _mpi.BeginAllGather(_calls, sizeof(MpiCall), _calls + 1);
        long start = Stopwatch.GetTimestamp();
        while (!_mpi.IsDone(ref request))
        {
            TimeSpan waited = Stopwatch.GetElapsedTime(start);
            if (waited < Busy)
            {
                Thread.Yield();
                continue;
            }

            int caller = _mpi.TakeSignal(RollCallTag);
            if (caller >= 0 || waited > _timeout)
            {
                throw new ProcessGroupException($"{Absent(caller)} has not come to {call}, where {_names[_rank]} waited {waited.TotalSeconds:F0} s: it hangs, or works for longer than the time-out ({_timeout.TotalSeconds:F0} s).");
            }

            Thread.Sleep(1);
        }

        ThrowIfDifferent(call);
    }

    private void ThrowIfDifferent(MpiCall call)
    {
        if (call.Kind == MpiCallKind.Enter)
        {
            return;
        }

        for (int rank = 0; rank < Calls.Length; rank++)
        {
            if (Calls[rank] != call)
            {
                throw new ProcessGroupException(Calls[rank].Kind == MpiCallKind.Leave
                    ? $"{_names[rank]} has left the group, where {_names[_rank]} came to {call}; see what it said before."
                    : $"{_names[rank]} came to {Calls[rank]}, where {_names[_rank]} came to {call}: every rank has to make the same calls in the same order.");
            }
        }
    }

    /// <summary>Calls the roll and names who does not answer.</summary>
    private string Absent(int caller)
    {
        HashSet<int> present = [_rank, .. caller >= 0 ? [caller] : Array.Empty<int>()];
        foreach (int rank in Enumerable.Range(0, _names.Length).Where(rank => rank != _rank))
        {
            _mpi.Signal(rank, RollCallTag);
        }

        long start = Stopwatch.GetTimestamp();
        while (present.Count < _names.Length && Stopwatch.GetElapsedTime(start) < RollCall)
        {
            if (_mpi.TakeSignal(RollCallTag) is >= 0 and var other)
            {
                present.Add(other);
            }
            else
            {
                Thread.Sleep(1);
            }
        }

        string[] absent = [.. _names.Where((_, rank) => !present.Contains(rank))];
        return absent.Length == 0 ? "A message" : string.Join(" and ", absent);
    }
}
