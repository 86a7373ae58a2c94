using System.Runtime.InteropServices;
using System.Text;

namespace LongAlign.Distributed.Mpi;

/// <summary>The functions of the installed Open MPI that are needed here, on one communicator. Its handles are addresses of exported variables.</summary>
internal sealed unsafe class OpenMpi
{
    /// <summary>The name of the library since Open MPI 3.</summary>
    private const string LibraryName = "libmpi.so.40";

    private static readonly string[] MpichNames = ["libmpich.so.12", "libmpi.so.12"];

    private static readonly Lazy<OpenMpi> Loaded = new(() => new OpenMpi(Load(LibraryName, MpichNames)));

    private readonly delegate* unmanaged<int*, byte***, int, int*, int> _initialize;
    private readonly delegate* unmanaged<int*, int> _isInitialized;
    private readonly delegate* unmanaged<int> _finalize;
    private readonly delegate* unmanaged<nint, nint, int> _setErrorHandler;
    private readonly delegate* unmanaged<nint, int*, int> _rank;
    private readonly delegate* unmanaged<nint, int*, int> _size;
    private readonly delegate* unmanaged<int, byte*, int*, int> _errorString;
    private readonly delegate* unmanaged<void*, void*, int, nint, nint, nint, int> _allReduce;
    private readonly delegate* unmanaged<void*, int, nint, int, nint, int> _broadcast;
    private readonly delegate* unmanaged<void*, int, nint, void*, int, nint, nint, nint*, int> _beginAllGather;
    private readonly delegate* unmanaged<void*, void*, int, nint, nint, nint, int> _reduceScatter;
    private readonly delegate* unmanaged<void*, int, nint, void*, int, nint, nint, int> _allGather;
    private readonly delegate* unmanaged<void*, int, nint, void*, int, nint, nint, int> _allToAll;
    private readonly delegate* unmanaged<nint, int, int, nint*, int> _split;
    private readonly delegate* unmanaged<nint*, int*, void*, int> _test;
    private readonly delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int> _beginSend;
    private readonly delegate* unmanaged<nint*, int> _freeRequest;
    private readonly delegate* unmanaged<int, int, nint, int*, int*, int> _probe;
    private readonly delegate* unmanaged<void*, int, nint, int, int, nint, void*, int> _receive;
    private readonly nint _sum;
    private readonly nint _byte;
    private readonly nint _int64;
    private readonly nint _errorsReturn;
    private nint _communicator;

    private OpenMpi(nint library)
    {
        _communicator = Export("ompi_mpi_comm_world");
        _sum = Export("ompi_mpi_op_sum");
        _byte = Export("ompi_mpi_byte");
        _int64 = Export("ompi_mpi_int64_t");
        _errorsReturn = Export("ompi_mpi_errors_return");
        Float = Export("ompi_mpi_float");
        Double = Export("ompi_mpi_double");
        _initialize = (delegate* unmanaged<int*, byte***, int, int*, int>)Export("MPI_Init_thread");
        _isInitialized = (delegate* unmanaged<int*, int>)Export("MPI_Initialized");
        _finalize = (delegate* unmanaged<int>)Export("MPI_Finalize");
        _setErrorHandler = (delegate* unmanaged<nint, nint, int>)Export("MPI_Comm_set_errhandler");
        _rank = (delegate* unmanaged<nint, int*, int>)Export("MPI_Comm_rank");
        _size = (delegate* unmanaged<nint, int*, int>)Export("MPI_Comm_size");
        _errorString = (delegate* unmanaged<int, byte*, int*, int>)Export("MPI_Error_string");
        _allReduce = (delegate* unmanaged<void*, void*, int, nint, nint, nint, int>)Export("MPI_Allreduce");
        _broadcast = (delegate* unmanaged<void*, int, nint, int, nint, int>)Export("MPI_Bcast");
        _beginAllGather = (delegate* unmanaged<void*, int, nint, void*, int, nint, nint, nint*, int>)Export("MPI_Iallgather");
        _reduceScatter = (delegate* unmanaged<void*, void*, int, nint, nint, nint, int>)Export("MPI_Reduce_scatter_block");
        _allGather = (delegate* unmanaged<void*, int, nint, void*, int, nint, nint, int>)Export("MPI_Allgather");
        _allToAll = (delegate* unmanaged<void*, int, nint, void*, int, nint, nint, int>)Export("MPI_Alltoall");
        _split = (delegate* unmanaged<nint, int, int, nint*, int>)Export("MPI_Comm_split");
        _test = (delegate* unmanaged<nint*, int*, void*, int>)Export("MPI_Test");
        _beginSend = (delegate* unmanaged<void*, int, nint, int, int, nint, nint*, int>)Export("MPI_Isend");
        _freeRequest = (delegate* unmanaged<nint*, int>)Export("MPI_Request_free");
        _probe = (delegate* unmanaged<int, int, nint, int*, int*, int>)Export("MPI_Iprobe");
        _receive = (delegate* unmanaged<void*, int, nint, int, int, nint, void*, int>)Export("MPI_Recv");

        nint Export(string name) => NativeLibrary.TryGetExport(library, name, out nint address)
            ? address
            : throw new MpiUnavailableException($"The installed {LibraryName} is not Open MPI, or a version that is not known here: it has no {name}. Install openmpi-bin.");
    }

    public static OpenMpi Instance => Loaded.Value;

    public nint Float { get; }

    public nint Double { get; }

    public nint Int64 => _int64;

    public bool IsInitialized
    {
        get
        {
            int flag;
            Check(_isInitialized(&flag), "MPI_Initialized");
            return flag != 0;
        }
    }

    public int Rank
    {
        get
        {
            int rank;
            Check(_rank(_communicator, &rank), "MPI_Comm_rank");
            return rank;
        }
    }

    public int Size
    {
        get
        {
            int size;
            Check(_size(_communicator, &size), "MPI_Comm_size");
            return size;
        }
    }

    /// <summary>Finds the library; one that is missing is told from another MPI.</summary>
    public static nint Load(string name, IEnumerable<string> otherNames)
    {
        if (NativeLibrary.TryLoad(name, out nint library))
        {
            return library;
        }

        string? other = otherNames.FirstOrDefault(candidate => NativeLibrary.TryLoad(candidate, out _));
        throw new MpiUnavailableException(other is null
            ? $"Open MPI ({name}) is not installed: on Debian and Ubuntu, install openmpi-bin on every machine."
            : $"Open MPI ({name}) is not installed. There is MPICH ({other}), whose handles are of another kind: install openmpi-bin and start with its mpirun (mpirun.openmpi on Debian).");
    }

    /// <summary>Calls come from the thread that trains, which is not the one that began, but one at a time.</summary>
    public void Initialize()
    {
        const int Serialized = 2;
        int provided;
        Check(_initialize(null, null, Serialized, &provided), "MPI_Init_thread");
        if (provided < Serialized)
        {
            throw new MpiUnavailableException($"This Open MPI allows calls of its first thread alone (level {provided}; expected {Serialized}, MPI_THREAD_SERIALIZED).");
        }

        Check(_setErrorHandler(_communicator, _errorsReturn), "MPI_Comm_set_errhandler");
    }

    public void Complete() => Check(_finalize(), "MPI_Finalize");

    public void AllReduceSum(void* values, int count, nint type)
    {
        void* inPlace = (void*)1;
        Check(_allReduce(inPlace, values, count, type, _sum, _communicator), "MPI_Allreduce");
    }

    public void Broadcast(void* bytes, int count, int root) => Check(_broadcast(bytes, count, _byte, root, _communicator), "MPI_Bcast");

    /// <summary>Each rank gets so many elements of the sum.</summary>
    public void ReduceScatterSum(void* parts, void* sum, int count, nint type)
        => Check(_reduceScatter(parts, sum, count, type, _sum, _communicator), "MPI_Reduce_scatter_block");

    /// <summary>Every rank gives so many bytes to all.</summary>
    public void AllGather(void* own, void* all, int bytes) => Check(_allGather(own, bytes, _byte, all, bytes, _byte, _communicator), "MPI_Allgather");

    /// <summary>Every rank gives so many bytes to each.</summary>
    public void AllToAll(void* parts, void* received, int bytes) => Check(_allToAll(parts, bytes, _byte, received, bytes, _byte, _communicator), "MPI_Alltoall");

    /// <summary>The same functions on a communicator of the ranks of one color, which is freed at the end of all.</summary>
    public OpenMpi Split(int color)
    {
        nint part;
        Check(_split(_communicator, color, Rank, &part), "MPI_Comm_split");
        OpenMpi copy = (OpenMpi)MemberwiseClone();
        copy._communicator = part;
        return copy;
    }

    /// <summary>Every rank gets the bytes of all; the memory must stay until <see cref="IsDone"/>.</summary>
    public nint BeginAllGather(void* own, int bytes, void* all)
    {
        nint request;
        Check(_beginAllGather(own, bytes, _byte, all, bytes, _byte, _communicator, &request), "MPI_Iallgather");
        return request;
    }

    public bool IsDone(ref nint request)
    {
        int flag;
        fixed (nint* pointer = &request)
        {
            Check(_test(pointer, &flag, null), "MPI_Test");
        }

        return flag != 0;
    }

    /// <summary>Sends an empty message that nobody has to take.</summary>
    public void Signal(int rank, int tag)
    {
        nint request;
        Check(_beginSend(null, 0, _byte, rank, tag, _communicator, &request), "MPI_Isend");
        Check(_freeRequest(&request), "MPI_Request_free");
    }

    /// <summary>The rank of a signal that has come, or -1.</summary>
    public int TakeSignal(int tag)
    {
        const int AnySource = -1;
        int flag;
        int* status = stackalloc int[16]; // MPI_Status, which begins with the source
        Check(_probe(AnySource, tag, _communicator, &flag, status), "MPI_Iprobe");
        if (flag == 0)
        {
            return -1;
        }

        Check(_receive(null, 0, _byte, status[0], tag, _communicator, null), "MPI_Recv");
        return status[0];
    }

    private void Check(int code, string call)
    {
        if (code != 0)
        {
            byte* text = stackalloc byte[1024];
            int length;
            string reason = _errorString(code, text, &length) == 0 ? Encoding.UTF8.GetString(text, length) : $"code {code}";
            throw new ProcessGroupException($"{call} failed: {reason}");
        }
    }
}
