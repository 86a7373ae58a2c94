using System.CommandLine;
using System.Globalization;
using System.Text;
using LongAlign.Cli.Checks;
using LongAlign.Cli.Terminal;
using LongAlign.Native;
using LongAlign.Programs;
using static TorchSharp.torch;

namespace LongAlign.Cli.Commands;

/// <summary><c>longalign doctor</c>: what this machine has and lacks.</summary>
internal static class DoctorCommand
{
    public static Command Create(ToolConsole console)
    {
        Command command = new("doctor", "Check SDK, native libraries, GPU and memory, and say what to do. Fails where something does not work.");
        command.Run(console, (_, _) =>
        {
            CheckResult[] checks = [.. CheckAll()];
            bool isHealthy = checks.All(check => check.Status != CheckStatus.Failed);
            console.WriteResult(new { IsHealthy = isHealthy, Checks = checks }, Describe(checks));
            return Task.FromResult(isHealthy ? ExitCode.Done : ExitCode.Failed);
        });
        return command;
    }

    public static string Describe(IEnumerable<CheckResult> checks)
    {
        StringBuilder text = new();
        foreach (CheckResult check in checks)
        {
            string mark = check.Status switch { CheckStatus.Ok => "ok    ", CheckStatus.Advice => "advice", _ => "FAILED" };
            text.AppendLine(CultureInfo.InvariantCulture, $"{mark}  {check.Name,-14}  {check.Found}");
            if (check.Cure is { } cure)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"        {"",-14}  -> {cure}");
            }
        }

        return text.ToString();
    }

    private static IEnumerable<CheckResult> CheckAll()
    {
        yield return MachineChecks.Runtime();
        yield return MachineChecks.Sdk();
        CheckResult libtorch = TorchChecks.Libtorch(TorchRuntime.EnsureAvailable);
        yield return libtorch;
        yield return TorchChecks.Gpu(libtorch.Status == CheckStatus.Ok && cuda.is_available(), MachineChecks.Run("nvidia-smi", "--query-gpu=name,memory.total --format=csv,noheader"));
        yield return MachineChecks.Memory();
        if (MachineChecks.Allocator(TorchRuntime.FreedMemory, Environment.GetEnvironmentVariable(GlibcTunables.Variable)) is { } allocator)
        {
            yield return allocator;
        }

        yield return MachineChecks.Disk(Environment.CurrentDirectory);
    }
}
