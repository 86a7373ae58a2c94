namespace LongAlign.Native;

/// <summary>The policy of this process for the memory of freed tensors on the CPU; see <see cref="TorchRuntime.KeepFreedMemory"/>.</summary>
public enum FreedMemory
{
    /// <summary>The C library is not glibc, and has its own policy.</summary>
    SystemDefault,

    /// <summary>Glibc gives it back to the system, page by page, and asks for it again: its default, slow for long sequences.</summary>
    GivenBack,

    /// <summary>It stays with the process for the next tensor.</summary>
    Kept,
}
