using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using LongAlign.Native;
using LongAlign.Programs;
using LongAlign.Training;

namespace LongAlign.Cli.Checks;

/// <summary>Checks of the machine that need no native library.</summary>
internal static class MachineChecks
{
    private const double GB = 1e9;
    private const int Capacity = 4_096;

    /// <summary>Widths of published small models; the layers are as many as fit.</summary>
    private static readonly DecoderDimensions Small = new()
    {
        HiddenSize = 1_024,
        IntermediateSize = 2_816,
        LayerCount = 1,
        HeadCount = 16,
        KeyValueHeadCount = 16,
        HeadDim = 64,
        VocabularySize = 32_000,
    };

    public static CheckResult Runtime() => new(
        ".NET runtime", CheckStatus.Ok, $"{Environment.Version}, {RuntimeInformation.RuntimeIdentifier}, {Environment.ProcessorCount} processors");

    public static CheckResult Sdk()
    {
        string[] versions = Run("dotnet", "--list-sdks")?.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]).ToArray() ?? [];
        return versions.Any(version => int.TryParse(version.Split('.')[0], out int major) && major >= 10)
            ? new CheckResult(".NET SDK", CheckStatus.Ok, string.Join(", ", versions))
            : new CheckResult(
                ".NET SDK", CheckStatus.Advice, versions.Length == 0 ? "none" : string.Join(", ", versions),
                "This tool needs none. To build programs with LongAlign, install the .NET 10 SDK: https://dotnet.microsoft.com/download/dotnet/10.0");
    }

    public static CheckResult Memory()
    {
        long bytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        string found = string.Create(
            CultureInfo.InvariantCulture,
            $"{bytes / GB:F1} GB; {(LargestModel(bytes) is { } parameters ? $"a model of {parameters / GB:F1} B parameters trains in it" : "no model trains in it")} in packs of {Capacity:N0} tokens (longalign plan --model says it of yours)");
        return bytes >= 4 * GB
            ? new CheckResult("memory", CheckStatus.Ok, found)
            : new CheckResult("memory", CheckStatus.Advice, found, "Take adapters (lora.rank), which need memory for the frozen model and little beside it, or a machine or container with more memory.");
    }

    /// <summary>The weights of the largest model that is trained whole in float32, layers computed again; null where there is none.</summary>
    public static long? LargestModel(long bytes)
    {
        TrainingFootprintOptions options = new() { Capacity = Capacity, GradientCheckpointing = true, KeepsFreedMemory = TorchRuntime.FreedMemory == FreedMemory.Kept };
        return Enumerable.Range(1, 10_000).Select(layers => Small with { LayerCount = layers })
            .TakeWhile(model => TrainingFootprint.Of(model, options).TotalBytes <= bytes)
            .LastOrDefault()?.ParameterCount;
    }

    /// <summary>Checks what happens to the memory of freed tensors, and by which settings; null where the C library is not glibc.</summary>
    public static CheckResult? Allocator(FreedMemory freed, string? tunables)
    {
        string by = tunables is { Length: > 0 } ? $"{GlibcTunables.Variable}={tunables}" : $"{GlibcTunables.Variable} is not set";
        return freed switch
        {
            FreedMemory.SystemDefault => null,
            FreedMemory.GivenBack => new CheckResult(
                "freed memory", CheckStatus.Advice, $"given back to the system; {by}",
                $"This slows training on the CPU. The tool sets {GlibcTunables.Variable} for itself unless {GlibcTunables.OptOut}=0 or your own settings prevent it; in your own programs, call TorchRuntime.KeepFreedMemory()."),
            _ => new CheckResult("freed memory", CheckStatus.Ok, $"kept for the next tensor; {by}"),
        };
    }

    public static CheckResult Disk(string folder)
    {
        double free = new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace / GB;
        string found = string.Create(CultureInfo.InvariantCulture, $"{free:F1} GB free in {Path.GetFullPath(folder)}");
        return free >= 5
            ? new CheckResult("disk", CheckStatus.Ok, found)
            : new CheckResult("disk", CheckStatus.Advice, found, "A checkpoint has 12 bytes a trained parameter, and one more than are kept must fit; set 'out' of the recipe to a larger disk.");
    }

    /// <summary>Returns the output of a program; null where it can't be run or fails.</summary>
    public static string? Run(string program, string argument)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, argument) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output.Trim() : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
