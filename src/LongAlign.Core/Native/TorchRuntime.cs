using System.Runtime.InteropServices;

namespace LongAlign.Native;

/// <summary>TorchSharp's native library in this process: whether it loads, and what becomes of the memory of its tensors.</summary>
public static class TorchRuntime
{
    private const string Backends = "TorchSharp-cpu, TorchSharp-cuda-windows or TorchSharp-cuda-linux";

    private static readonly string Cure = $"the application must reference one of {Backends}, for {RuntimeInformation.RuntimeIdentifier}.";

    private static readonly Lazy<TorchUnavailableException?> Fault = new(() => FindFault(SearchFolders(), LibraryName));

    private static string LibraryName => OperatingSystem.IsWindows() ? "LibTorchSharp.dll"
        : OperatingSystem.IsMacOS() ? "libLibTorchSharp.dylib" : "libLibTorchSharp.so";

    /// <summary>Gets the policy for the memory of freed tensors on the CPU.</summary>
    public static FreedMemory FreedMemory => GlibcMalloc.OfProcess.FreedMemory;

    /// <summary>
    /// Throws if tensors can't be used in this process. The answer is found once; the check then costs nothing. To be asked before TorchSharp
    /// is touched: its own error blames a missing package whatever the cause, and its types stay unusable afterwards.
    /// </summary>
    /// <exception cref="TorchUnavailableException">The native library is missing or can't be loaded.</exception>
    public static void EnsureAvailable()
    {
        if (Fault.Value is { } fault)
        {
            throw new TorchUnavailableException(fault.Message, fault.InnerException);
        }
    }

    /// <summary>
    /// Lets the memory of freed tensors stay with this process for the next ones, on Linux with glibc. By default glibc gives tensors of more
    /// than 32 MB back to the system, and getting the pages again takes a part of the time of training on the CPU.
    /// </summary>
    /// <remarks>
    /// To be called at the start of <c>Main</c>: memory that threads have taken before stays as it is. The price is memory: the peak grows by up to a half (docs/performance.md).
    /// <c>GLIBC_TUNABLES</c>, set before the process starts, does the same for all threads; where it is set to keep memory, this does nothing. It holds
    /// for the whole process, and there is no way back. A second call does nothing.
    /// </remarks>
    /// <returns>The policy for freed memory from now on; <see cref="FreedMemory.SystemDefault"/> where the C library is not glibc.</returns>
    public static FreedMemory KeepFreedMemory() => GlibcMalloc.OfProcess.KeepFreed();

    internal static TorchUnavailableException? FindFault(IEnumerable<string> folders, string libraryName)
    {
        string? path = folders.Select(folder => Path.Combine(folder, libraryName)).FirstOrDefault(File.Exists);
        if (path is null)
        {
            return new TorchUnavailableException($"The native library of TorchSharp, {libraryName}, is not beside the program: {Cure}");
        }

        try
        {
            NativeLibrary.Load(path);
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return Explain(path, e);
        }
    }

    internal static TorchUnavailableException Explain(string path, Exception loaderError) => new(
        loaderError.Message.Contains("GLIBCXX_", StringComparison.Ordinal)
            ? "The system's libstdc++ is too old: TorchSharp 0.107 needs GLIBCXX_3.4.32 (GCC 13). Use Debian 13, Ubuntu 24.04, Fedora 38 or newer, or a .NET 10 container image, or install a newer libstdc++6."
            : loaderError is BadImageFormatException || loaderError.Message.Contains("wrong ELF class", StringComparison.Ordinal)
                ? $"{path} is for another architecture than this process ({RuntimeInformation.RuntimeIdentifier}): reference the backend package ({Backends}) that has it."
            : LacksLibtorch(loaderError.Message)
                ? $"libtorch is not beside the program: {Cure}"
                : $"{path} can't be loaded: {loaderError.Message}",
        loaderError);

    /// <summary>The package TorchSharp brings its own native library, which needs that of a backend package: "libtorch.so: cannot open shared object file".</summary>
    private static bool LacksLibtorch(string loaderMessage)
        => loaderMessage.Contains("libtorch.so: cannot open", StringComparison.Ordinal) // Linux
            || loaderMessage.Contains("Library not loaded: @rpath/libtorch", StringComparison.Ordinal) // macOS
            || loaderMessage.Contains("0x8007007E", StringComparison.Ordinal); // Windows, for a library that is there and needs another

    private static IEnumerable<string> SearchFolders()
    {
        string native = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return native.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Append(Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native"));
    }
}
