namespace LongAlign.Distributed.Mpi;

/// <summary>The calls of a group.</summary>
internal enum MpiCallKind
{
    /// <summary>Who is there.</summary>
    Enter,

    /// <summary>A sum over all ranks.</summary>
    AllReduceSum,

    /// <summary>A tensor of one rank for all.</summary>
    Broadcast,

    /// <summary>Nothing but the meeting.</summary>
    Barrier,

    /// <summary>The end.</summary>
    Leave,
}
