using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Distributed.Mpi;

/// <summary>The processes that Open MPI's <c>mpirun</c> has started.</summary>
/// <example>
/// <code>
/// // mpirun -n 2 dotnet MyTraining.dll
/// using MpiProcessGroup group = MpiProcessGroup.Initialize();
/// LongAlignTrainer trainer = LongAlignTrainer.CreateBuilder().UseProcessGroup(group) /* … */ .Build();
/// </code>
/// </example>
/// <remarks>
/// <para>
/// Contiguous tensors on the CPU are read and written where they lie; others, and bfloat16 and float16 (which are added in float32 and
/// rounded once), go through a buffer on the host, pinned for those of a GPU. One call at a time, from any thread.
/// </para>
/// <para>
/// After a <see cref="ProcessGroupException"/> of this class the group is broken: every later call throws it again, and the process has
/// to end. <c>mpirun</c> ends the others when one ends that has not left the group.
/// </para>
/// </remarks>
public sealed unsafe class MpiProcessGroup : IProcessGroup, IDisposable
{
    /// <summary>Elements of one call of MPI, whose counts are 32-bit. 100 MB took 342 ms in one call, and 29 ms in four.</summary>
    private const long SliceElements = 1 << 20;

    private static int s_isTaken;

    private readonly OpenMpi _mpi;
    private readonly MpiMeeting _meeting;
    private readonly TimeSpan _timeout;
    private readonly bool _isWhole;
    private Tensor? _stage;
    private string? _fault;
    private bool _isLeft;

    private MpiProcessGroup(OpenMpi mpi, TimeSpan timeout, bool isWhole)
    {
        _mpi = mpi;
        _isWhole = isWhole;
        _timeout = timeout;
        Rank = mpi.Rank;
        WorldSize = mpi.Size;
        LocalRank = NumberOf("OMPI_COMM_WORLD_LOCAL_RANK", Environment.GetEnvironmentVariable) ?? 0;
        LocalSize = NumberOf("OMPI_COMM_WORLD_LOCAL_SIZE", Environment.GetEnvironmentVariable) ?? 1;
        _meeting = new MpiMeeting(mpi, timeout);
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int WorldSize { get; }

    /// <summary>Gets the number of this process among those on its machine, from 0: the index of its GPU where each rank has one.</summary>
    public int LocalRank { get; }

    /// <summary>Gets the number of processes on this machine, which share its processors.</summary>
    public int LocalSize { get; }

    /// <summary>Gets whether this process was started as one of several, by <c>mpirun</c> or by a launcher that <see cref="Initialize"/> refuses. Open MPI need not be there.</summary>
    public static bool IsLaunched => IsLaunchedIn(Environment.GetEnvironmentVariable);

    /// <summary>Joins the processes that <c>mpirun</c> has started. Without <c>mpirun</c> the group has this process alone.</summary>
    /// <param name="timeout">
    /// How long a rank waits for another before it gives up; 10 minutes by default. It must be longer than the longest step of one rank,
    /// writing of a checkpoint included. Ranks of a group of <see cref="Split"/> wait half as long, so that they can say who is missing before the others give up. A process that dies ends the others at once, whatever the time-out.
    /// </param>
    /// <returns>The group, to be disposed when all work is done.</returns>
    /// <exception cref="MpiUnavailableException">Open MPI is not installed, or another MPI has started this process.</exception>
    /// <exception cref="InvalidOperationException">MPI was initialized in this process before; it can be once.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is not positive.</exception>
    /// <exception cref="ProcessGroupException">A rank has not come.</exception>
    public static MpiProcessGroup Initialize(TimeSpan? timeout = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout ?? TimeSpan.MaxValue, TimeSpan.Zero, nameof(timeout));
        OpenMpi mpi = OpenMpi.Instance;
        if (Interlocked.Exchange(ref s_isTaken, 1) != 0 || mpi.IsInitialized)
        {
            throw new InvalidOperationException("MPI was already initialized in this process, which is possible only once: use that group.");
        }

        mpi.Initialize();
        if (mpi.Size == 1 && OtherLauncher(Environment.GetEnvironmentVariable) is { } fault)
        {
            throw new MpiUnavailableException(fault);
        }

        return new MpiProcessGroup(mpi, timeout ?? TimeSpan.FromMinutes(10), isWhole: true);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The dtype is none of float32, float64, int64, bfloat16 and float16.</exception>
    public void AllReduceSum(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        (ScalarType sumType, nint mpiType) = tensor.dtype switch
        {
            ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float16 => (ScalarType.Float32, _mpi.Float),
            ScalarType.Float64 => (ScalarType.Float64, _mpi.Double),
            ScalarType.Int64 => (ScalarType.Int64, _mpi.Int64),
            _ => throw new ArgumentException($"The dtype is {tensor.dtype}; expected Float32, Float64, Int64, BFloat16 or Float16.", nameof(tensor)),
        };
        Together(new MpiCall(MpiCallKind.AllReduceSum, tensor.dtype, Count: tensor.numel()), () =>
            ForEachSlice(tensor, sumType, (pointer, count) => _mpi.AllReduceSum(pointer, count, mpiType)));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">There is no such rank.</exception>
    public void Broadcast(Tensor tensor, int root = 0)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentOutOfRangeException.ThrowIfNegative(root);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(root, WorldSize);
        int elementSize = (int)tensor.element_size();
        Together(new MpiCall(MpiCallKind.Broadcast, tensor.dtype, root, tensor.numel()), () =>
            ForEachSlice(tensor, tensor.dtype, (pointer, count) => _mpi.Broadcast(pointer, checked(count * elementSize), root)));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The dtype is neither float32 nor float64, or the tensors don't fit.</exception>
    public void ReduceScatterSum(Tensor parts, Tensor sum)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentNullException.ThrowIfNull(sum);
        nint type = parts.dtype switch
        {
            ScalarType.Float32 => _mpi.Float,
            ScalarType.Float64 => _mpi.Double,
            _ => throw new ArgumentException($"The dtype is {parts.dtype}; expected Float32 or Float64.", nameof(parts)),
        };
        ThrowIfUnfit(parts, WorldSize, sum, 1);
        Together(new MpiCall(MpiCallKind.ReduceScatterSum, parts.dtype, Count: parts.numel()), () =>
            InPieces(parts, WorldSize, sum, 1, (from, to, count) => _mpi.ReduceScatterSum(from, to, count, type)));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The tensors don't fit.</exception>
    public void AllGather(Tensor part, Tensor all)
    {
        ArgumentNullException.ThrowIfNull(part);
        ArgumentNullException.ThrowIfNull(all);
        ThrowIfUnfit(part, 1, all, WorldSize);
        int elementSize = (int)part.element_size();
        Together(new MpiCall(MpiCallKind.AllGather, part.dtype, Count: part.numel()), () =>
            InPieces(part, 1, all, WorldSize, (from, to, count) => _mpi.AllGather(from, to, checked(count * elementSize))));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The tensors don't fit.</exception>
    public void AllToAll(Tensor parts, Tensor received)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentNullException.ThrowIfNull(received);
        ThrowIfUnfit(parts, WorldSize, received, WorldSize);
        int elementSize = (int)parts.element_size();
        Together(new MpiCall(MpiCallKind.AllToAll, parts.dtype, Count: parts.numel()), () =>
            InPieces(parts, WorldSize, received, WorldSize, (from, to, count) => _mpi.AllToAll(from, to, checked(count * elementSize))));
    }

    /// <inheritdoc/>
    public IProcessGroup Split(int color)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(color);
        MpiProcessGroup? part = null;
        Together(new MpiCall(MpiCallKind.Split), () => part = new MpiProcessGroup(_mpi.Split(color), _timeout / 2, isWhole: false));
        return part!;
    }

    /// <inheritdoc/>
    public void Barrier() => Together(new MpiCall(MpiCallKind.Barrier), () => { });

    /// <summary>
    /// Leaves the group, when all ranks do. Where the group is broken, or other ranks still work, it returns at once, and <c>mpirun</c>
    /// ends all processes when this one ends. A group of <see cref="Split"/> needs no separate end.
    /// </summary>
    public void Dispose()
    {
        if (_isLeft || _fault is not null || !_isWhole)
        {
            return;
        }

        _isLeft = true;
        _stage?.Dispose();
        try
        {
            _meeting.Meet(new MpiCall(MpiCallKind.Leave));
            _mpi.Complete();
        }
        catch (ProcessGroupException e)
        {
            // An exception is likely to be on its way already, and must not be lost.
            _fault = e.Message;
        }
    }

    internal static bool IsLaunchedIn(Func<string, string?> environment) => NumberOf("OMPI_COMM_WORLD_SIZE", environment) > 1 || OtherLauncher(environment) is not null;

    /// <summary>Returns the fault if another launcher started this process as one of several; null if no variable says so.</summary>
    internal static string? OtherLauncher(Func<string, string?> environment)
    {
        string? name = Array.Find(["PMI_SIZE", "SLURM_STEP_NUM_TASKS"], name => NumberOf(name, environment) > 1);
        return name is null
            ? null
            : $"This process was started as one of {environment(name)} ({name}), but not by Open MPI, so it would train alone: start it with Open MPI's mpirun (mpirun.openmpi on Debian).";
    }

    private static int? NumberOf(string name, Func<string, string?> environment) => int.TryParse(environment(name), out int number) ? number : null;

    private void Together(MpiCall call, Action work)
    {
        ObjectDisposedException.ThrowIf(_isLeft, this);
        if (_fault is not null)
        {
            throw new ProcessGroupException($"The group is broken: {_fault}");
        }

        try
        {
            _meeting.Meet(call);
            work();
        }
        catch (ProcessGroupException e)
        {
            _fault = e.Message;
            throw;
        }
    }

    private delegate void SliceAction(void* pointer, int count);

    /// <summary>Gives the memory of a tensor in slices, of another dtype if need be, and writes back what was not in place.</summary>
    private void ForEachSlice(Tensor tensor, ScalarType dtype, SliceAction action)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        Tensor flat = tensor.detach().reshape(-1);
        Tensor? stage = tensor.device_type == DeviceType.CPU && tensor.dtype == dtype ? null : StageFor(tensor, dtype);
        for (long start = 0; start < flat.numel(); start += SliceElements)
        {
            using Tensor slice = flat.narrow(0, start, Math.Min(SliceElements, flat.numel() - start));
            if (stage is null)
            {
                OnMemory(slice, action);
                continue;
            }

            using Tensor place = stage.narrow(0, 0, slice.numel());
            place.copy_(slice);
            OnMemory(place, action);
            slice.copy_(place);
        }

        if (!tensor.is_contiguous())
        {
            tensor.detach().copy_(flat.view(tensor.shape));
        }
    }

    private void ThrowIfUnfit(Tensor given, int givenParts, Tensor taken, int takenParts)
    {
        if (given.dtype != taken.dtype || given.numel() % givenParts != 0 || given.numel() / givenParts * takenParts != taken.numel()
            || !given.is_contiguous() || !taken.is_contiguous())
        {
            throw new ArgumentException(
                $"A tensor of {given.numel()} {given.dtype} goes into one of {taken.numel()} {taken.dtype}; expected contiguous tensors of one dtype, {givenParts} to {takenParts} in size for {WorldSize} ranks.");
        }
    }

    private delegate void PieceAction(void* given, void* taken, int count);

    /// <summary>Gives the memory of two tensors, of so many equal parts each, where it is in one piece; else so many elements of each part at a time, through memory of the host.</summary>
    private static void InPieces(Tensor given, int givenParts, Tensor taken, int takenParts, PieceAction action)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        long size = given.numel() / givenParts;
        long most = Math.Max(1, SliceElements * 4 / Math.Max(givenParts, takenParts));
        bool isOnHost = given.device_type == DeviceType.CPU && taken.device_type == DeviceType.CPU;
        if (isOnHost && size <= most)
        {
            OnMemory(given.detach(), taken.detach(), size, action);
            return;
        }

        (Tensor from, Tensor to) = (given.detach().view(givenParts, size), taken.detach().view(takenParts, size));
        for (long start = 0; start < size; start += most)
        {
            using DisposeScope piece = NewDisposeScope();
            long count = Math.Min(most, size - start);
            Tensor fromHost = OnHost([givenParts, count], given, isOnHost).copy_(from.narrow(1, start, count));
            Tensor toHost = OnHost([takenParts, count], taken, isOnHost);
            OnMemory(fromHost, toHost, count, action);
            to.narrow(1, start, count).copy_(toHost);
        }
    }

    private static Tensor OnHost(long[] shape, Tensor like, bool isOnHost)
    {
        Tensor place = empty(shape, like.dtype);
        return isOnHost ? place : place.pin_memory();
    }

    private static void OnMemory(Tensor given, Tensor taken, long count, PieceAction action)
    {
        fixed (byte* from = given.bytes, to = taken.bytes)
        {
            action(from, to, (int)count);
        }
    }

    private Tensor StageFor(Tensor tensor, ScalarType dtype)
    {
        if (_stage?.dtype != dtype)
        {
            _stage?.Dispose();
            _stage = empty(SliceElements, dtype);
            _stage = (tensor.device_type == DeviceType.CPU ? _stage : _stage.pin_memory()).DetachFromDisposeScope();
        }

        return _stage;
    }

    private static void OnMemory(Tensor tensor, SliceAction action)
    {
        fixed (byte* pointer = tensor.bytes)
        {
            action(pointer, (int)tensor.numel());
        }
    }
}
