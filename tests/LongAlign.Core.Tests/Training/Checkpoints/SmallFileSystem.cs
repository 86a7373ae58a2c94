using System.Diagnostics;

namespace LongAlign.Core.Tests.Training.Checkpoints;

/// <summary>A file system in memory of a few kilobytes, where the process may mount one.</summary>
internal static class SmallFileSystem
{
    public static bool TryMount(string folder, int kilobytes, out string? reason)
    {
        if (!OperatingSystem.IsLinux())
        {
            reason = "only tried on Linux";
            return false;
        }

        reason = Run("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", folder);
        return reason is null;
    }

    public static void Unmount(string folder) => Assert.Null(Run("umount", folder));

    private static string? Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"{program}: {error.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return $"{program}: {e.Message}";
        }
    }
}
