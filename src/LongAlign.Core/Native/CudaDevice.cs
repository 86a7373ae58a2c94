using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace LongAlign.Native;

/// <summary>Properties of a GPU that TorchSharp does not expose, read from NVIDIA's driver.</summary>
internal static unsafe class CudaDevice
{
    private const int MajorAttribute = 75;
    private const int MinorAttribute = 76;

    private static readonly ConcurrentDictionary<int, int> Capabilities = new();

    private static string Library => OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    /// <summary>The compute capability of a device, 80 for 8.0; asked once.</summary>
    /// <param name="index">The device's index; -1 is the first.</param>
    /// <exception cref="NotSupportedException">There is no driver or no such device.</exception>
    public static int GetComputeCapability(int index) => Capabilities.GetOrAdd(Math.Max(index, 0), Read);

    /// <summary>The memory of a device in bytes; null where there is no driver or no such device.</summary>
    /// <param name="index">The device's index; -1 is the first.</param>
    public static long? TryGetMemory(int index)
    {
        if (!NativeLibrary.TryLoad(Library, out IntPtr driver))
        {
            return null;
        }

        var initialize = (delegate* unmanaged<uint, int>)NativeLibrary.GetExport(driver, "cuInit");
        var getDevice = (delegate* unmanaged<int*, int, int>)NativeLibrary.GetExport(driver, "cuDeviceGet");
        var getMemory = (delegate* unmanaged<nuint*, int, int>)NativeLibrary.GetExport(driver, "cuDeviceTotalMem_v2");
        int device;
        nuint bytes;
        return initialize(0) == 0 && getDevice(&device, Math.Max(index, 0)) == 0 && getMemory(&bytes, device) == 0 ? (long)bytes : null;
    }

    private static int Read(int index)
    {
        if (!NativeLibrary.TryLoad(Library, out IntPtr driver))
        {
            throw new NotSupportedException("This machine has no CUDA driver.");
        }

        var initialize = (delegate* unmanaged<uint, int>)NativeLibrary.GetExport(driver, "cuInit");
        var getDevice = (delegate* unmanaged<int*, int, int>)NativeLibrary.GetExport(driver, "cuDeviceGet");
        var getAttribute = (delegate* unmanaged<int*, int, int, int>)NativeLibrary.GetExport(driver, "cuDeviceGetAttribute");
        int device, major, minor;
        return initialize(0) == 0 && getDevice(&device, index) == 0
            && getAttribute(&major, MajorAttribute, device) == 0 && getAttribute(&minor, MinorAttribute, device) == 0
            ? (10 * major) + minor
            : throw new NotSupportedException($"The CUDA driver finds no device {index} on this machine.");
    }
}
