namespace LongAlign.Distributed.Mpi;

/// <summary>The calls of a group.</summary>
internal enum MpiCallKind
{
    /// <summary>The start, at which every rank reports that it is there.</summary>
    Enter,

    /// <summary>A sum over all ranks.</summary>
    AllReduceSum,

    /// <summary>A tensor of one rank for all.</summary>
    Broadcast,

    /// <summary>A sum over all ranks, of which each gets a part.</summary>
    ReduceScatterSum,

    /// <summary>The tensors of all ranks for all.</summary>
    AllGather,

    /// <summary>A part of each rank for each.</summary>
    AllToAll,

    /// <summary>Smaller groups.</summary>
    Split,

    /// <summary>Nothing but the meeting.</summary>
    Barrier,

    /// <summary>The end.</summary>
    Leave,
}
