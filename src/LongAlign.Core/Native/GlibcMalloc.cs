using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace LongAlign.Native;

/// <summary>Glibc's allocator, from which libtorch takes the memory of tensors on the CPU.</summary>
/// <param name="isThere">Whether the C library is glibc.</param>
/// <param name="tunables">The value of <c>GLIBC_TUNABLES</c> at the start of the process.</param>
/// <param name="set">Sets an option of <c>malloc.h</c>; returns false where it is refused.</param>
internal sealed partial class GlibcMalloc(bool isThere, string? tunables, Func<int, int, bool> set)
{
    // Options of malloc.h.
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;
    private const int ArenaMax = -8;

    private const int Never = -1;
    private const long LargestOfDefault = 32 << 20; // glibc's own threshold grows to this and no further

    private readonly Lock _lock = new();
    private bool _isKept = isThere && Tunable(tunables, "glibc.malloc.mmap_threshold") > LargestOfDefault;

    /// <summary>The allocator of this process.</summary>
    public static GlibcMalloc OfProcess { get; } = Find();

    /// <summary>The policy for freed memory.</summary>
    public FreedMemory FreedMemory
    {
        get
        {
            lock (_lock)
            {
                return !isThere ? FreedMemory.SystemDefault
                    : _isKept ? FreedMemory.Kept : FreedMemory.GivenBack;
            }
        }
    }

    /// <summary>Lets freed memory stay with the process, once; does nothing where it does.</summary>
    public FreedMemory KeepFreed()
    {
        lock (_lock)
        {
            // One arena: with several, each thread's freed memory would wait for that thread.
            _isKept = _isKept || (isThere && set(MmapThreshold, 1 << 30) && set(TrimThreshold, Never) && set(ArenaMax, 1));
        }

        return FreedMemory;
    }

    private static GlibcMalloc Find()
    {
        bool isThere = OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out nint library) && NativeLibrary.TryGetExport(library, "gnu_get_libc_version", out _);
        if (!isThere)
        {
            return new GlibcMalloc(isThere: false, tunables: null, (_, _) => false);
        }

        // A variable that was set later says nothing: glibc has read it by then.
        const string Name = "GLIBC_TUNABLES=";
        string? tunables = Read("/proc/self/environ")?.Split('\0').FirstOrDefault(variable => variable.StartsWith(Name, StringComparison.Ordinal))?[Name.Length..];
        return new GlibcMalloc(isThere: true, tunables, (option, value) => mallopt(option, value) == 1);
    }

    private static string? Read(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // 0 where it is not set, or not to a number.
    private static long Tunable(string? tunables, string name)
    {
        string? setting = tunables?.Split(':').LastOrDefault(setting => setting.StartsWith($"{name}=", StringComparison.Ordinal));
        return long.TryParse(setting?[(name.Length + 1)..], CultureInfo.InvariantCulture, out long value) ? value : 0;
    }

    [LibraryImport("libc")]
    private static partial int mallopt(int option, int value);
}
