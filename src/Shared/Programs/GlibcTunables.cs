using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace LongAlign.Programs;

/// <summary>
/// Glibc's settings for the memory of large tensors. Glibc reads them before <c>Main</c>, so a program that was started without them
/// restarts itself: the same process, arguments, files and working directory. See docs/performance.md.
/// </summary>
internal static partial class GlibcTunables
{
    /// <summary>The variable that glibc reads.</summary>
    public const string Variable = "GLIBC_TUNABLES";

    /// <summary>The variable that, with the value 0, leaves a program as it was started.</summary>
    public const string OptOut = "LONGALIGN_RESTART";

    /// <summary>The id of the process that has restarted itself: it never does so twice. A child has another id, and may.</summary>
    public const string Guard = "LONGALIGN_RESTARTED";

    // A tunable, and the older variable that sets the same.
    private static readonly (string Name, string Value, string? OlderVariable)[] Wanted =
    [
        ("glibc.malloc.arena_max", "1", "MALLOC_ARENA_MAX"),
        ("glibc.malloc.mmap_threshold", "1073741824", "MALLOC_MMAP_THRESHOLD_"),
        ("glibc.malloc.trim_threshold", "4294967296", "MALLOC_TRIM_THRESHOLD_"),
    ];

    /// <summary>Restarts the program where settings are missing; the first statement of a program. Does nothing elsewhere than on Linux with glibc.</summary>
    public static void EnsureSet()
    {
        // A debugger would lose the program.
        if (!Debugger.IsAttached && Missing(Environment.GetEnvironmentVariable, IsGlibc(), Environment.ProcessId) is { } tunables)
        {
            Restart(tunables);
        }
    }

    /// <summary>Returns the value that the variable must have, the user's first; null where nothing is to be done.</summary>
    /// <param name="environment">Gives the value of a variable, null where it is not set.</param>
    /// <param name="isGlibc">Whether the C library is glibc.</param>
    /// <param name="processId">The id of this process.</param>
    internal static string? Missing(Func<string, string?> environment, bool isGlibc, int processId)
    {
        if (!isGlibc || environment(OptOut) == "0" || environment(Guard) == processId.ToString(CultureInfo.InvariantCulture))
        {
            return null;
        }

        string own = environment(Variable) ?? "";
        string[] names = [.. own.Split(':').Select(setting => setting.Split('=')[0])];
        string[] missing =
        [
            .. from setting in Wanted
               where !names.Contains(setting.Name) && (setting.OlderVariable is null || environment(setting.OlderVariable) is null)
               select $"{setting.Name}={setting.Value}",
        ];
        return missing is [] ? null : string.Join(':', own is "" ? missing : missing.Prepend(own.TrimEnd(':')));
    }

    private static bool IsGlibc()
        => OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out nint library) && NativeLibrary.TryGetExport(library, "gnu_get_libc_version", out _);

    // Returns where it can't be done; the program then runs as it was started.
    private static void Restart(string tunables)
    {
        if (Environment.ProcessPath is not { } program || Arguments() is not { } arguments)
        {
            return;
        }

        FreeDiagnosticsAddress();
        _ = setenv(Variable, tunables, overwrite: 1);
        _ = setenv(Guard, Environment.ProcessId.ToString(CultureInfo.InvariantCulture), overwrite: 1);
        _ = execv(program, arguments);
        Console.Error.WriteLine($"{program} could not be restarted with {Variable} ({new Win32Exception(Marshal.GetLastPInvokeError()).Message}); it continues without it.");
    }

    // The runtime removes the socket of its diagnostics only when it ends; the next one, of the same process, could not bind it.
    private static void FreeDiagnosticsAddress()
    {
        try
        {
            foreach (string socket in Directory.GetFiles(Path.GetTempPath(), $"dotnet-diagnostic-{Environment.ProcessId}-*-socket"))
            {
                File.Delete(socket);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The program then runs without diagnostics.
        }
    }

    // As the system has them, the program's name first and a null pointer last: bytes, which need not be text. They live until the new program takes over.
    private static nint[]? Arguments()
    {
        byte[] line;
        try
        {
            line = File.ReadAllBytes("/proc/self/cmdline");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        nint memory = Marshal.AllocHGlobal(line.Length);
        Marshal.Copy(line, 0, memory, line.Length);
        List<nint> arguments = [];
        for (int start = 0; start < line.Length; start += Array.IndexOf(line, (byte)0, start) - start + 1)
        {
            arguments.Add(memory + start);
        }

        return [.. arguments, 0];
    }

    // The environment of the C library, which execv passes on, byte for byte.
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int execv(string path, nint[] arguments);
}
