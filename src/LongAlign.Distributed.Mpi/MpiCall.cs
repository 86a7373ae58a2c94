using static TorchSharp.torch;

namespace LongAlign.Distributed.Mpi;

/// <summary>A collective call of a rank: all ranks must make the same.</summary>
/// <param name="Kind">The call.</param>
/// <param name="Dtype">Of the tensor, if there is one.</param>
/// <param name="Root">The rank that sends.</param>
/// <param name="Count">Elements.</param>
internal readonly record struct MpiCall(MpiCallKind Kind, ScalarType Dtype = ScalarType.Byte, int Root = 0, long Count = 0)
{
    public override string ToString() => Kind switch
    {
        MpiCallKind.AllReduceSum => $"AllReduceSum of {Count} {Dtype}",
        MpiCallKind.Broadcast => $"Broadcast of {Count} {Dtype} from rank {Root}",
        MpiCallKind.Leave => "the end of the group (Dispose)",
        _ => Kind.ToString(),
    };
}
