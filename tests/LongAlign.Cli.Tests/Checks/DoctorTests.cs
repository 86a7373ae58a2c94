using System.Diagnostics;
using System.Text.Json;
using LongAlign.Cli.Checks;
using LongAlign.Cli.Commands;
using LongAlign.Native;

namespace LongAlign.Cli.Tests.Checks;

public sealed class DoctorTests
{
    [Fact]
    public async Task A_machine_that_runs_the_tests_is_healthy()
    {
        JsonElement result = (await ToolRun.OfAsync("doctor", "--json")).Expect(ExitCode.Done).Json;

        Assert.True(result.GetProperty("isHealthy").GetBoolean());
        string[] names = [.. result.GetProperty("checks").EnumerateArray().Select(check => check.GetProperty("name").GetString()!)];
        Assert.Equal([".NET runtime", ".NET SDK", "libtorch", "GPU", "memory"], names[..5]);
        Assert.Equal("ok", result.GetProperty("checks")[1].GetProperty("status").GetString()); // the SDK runs the tests
    }

    [Fact]
    public void Libtorch_that_does_not_load_is_a_failure_with_the_cure_of_its_error()
    {
        CheckResult check = TorchChecks.Libtorch(() => throw new TorchUnavailableException("The system's libstdc++ is too old: use Debian 13."));

        Assert.Equal(CheckStatus.Failed, check.Status);
        Assert.Equal("The system's libstdc++ is too old: use Debian 13.", check.Cure);
    }

    [Theory]
    [InlineData(true, "H100, 80 GB", CheckStatus.Ok, null)]
    [InlineData(false, "H100, 80 GB", CheckStatus.Advice, "TorchBackend=cuda-linux")]
    [InlineData(false, null, CheckStatus.Advice, "NVIDIA")]
    public void A_gpu_that_the_tool_can_not_use_is_told_from_none(bool isAvailable, string? driver, object status, string? cure)
    {
        CheckResult check = TorchChecks.Gpu(isAvailable, driver);

        Assert.Equal(status, check.Status);
        Assert.Equal(cure is null, check.Cure is null);
        Assert.Contains(cure ?? "", check.Cure ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(FreedMemory.GivenBack, CheckStatus.Advice, "given back to the system; GLIBC_TUNABLES=a=1")]
    [InlineData(FreedMemory.Kept, CheckStatus.Ok, "kept for the next tensor; GLIBC_TUNABLES=a=1")]
    public void What_becomes_of_freed_memory_is_said_with_the_settings(FreedMemory freed, object status, string found)
    {
        CheckResult check = MachineChecks.Allocator(freed, "a=1")!;

        Assert.Equal(status, check.Status);
        Assert.Equal(found, check.Found);
        Assert.Equal(freed == FreedMemory.GivenBack, check.Cure?.Contains("LONGALIGN_RESTART=0", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public void Nothing_is_said_of_the_allocator_where_the_c_library_is_another() => Assert.Null(MachineChecks.Allocator(FreedMemory.SystemDefault, null));

    [Fact]
    [Trait("Speed", "Slow")]
    public void The_tool_itself_runs_with_the_settings()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Glibc is Linux's.");
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "LongAlign.Cli.dll"), "doctor", "--json"]) { RedirectStandardOutput = true };
        start.Environment.Remove("GLIBC_TUNABLES");
        using Process process = Process.Start(start)!;
        JsonElement result = JsonElement.Parse(process.StandardOutput.ReadToEnd());
        JsonElement check = result.GetProperty("checks").EnumerateArray().Single(check => check.GetProperty("name").GetString() == "freed memory");

        Assert.Equal("ok", check.GetProperty("status").GetString());
        Assert.Contains("GLIBC_TUNABLES=glibc.malloc.arena_max=1:", check.GetProperty("found").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_there_is_not_says_nothing() => Assert.Null(MachineChecks.Run("no-such-program", ""));

    [Fact]
    public void What_fails_stands_out_with_what_to_do()
        => Assert.Equal(
            $"FAILED  libtorch        gone{Environment.NewLine}                        -> Bring it back.{Environment.NewLine}",
            DoctorCommand.Describe([new CheckResult("libtorch", CheckStatus.Failed, "gone", "Bring it back.")]));
}
