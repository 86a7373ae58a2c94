using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;

namespace LongAlign.Cli.Tests.Programs;

[Trait("Speed", "Slow")]
public sealed class RestartTests
{
    private static readonly string Host = Path.Combine(AppContext.BaseDirectory, "LongAlign.RestartHost");

    public static TheoryData<string, string[]> Starts => new()
    {
        { Host, [] },
        { "dotnet", [$"{Host}.dll"] },
        { "dotnet", ["exec", $"{Host}.dll"] },
    };

    [Theory]
    [MemberData(nameof(Starts))]
    public void A_program_started_anew_is_the_same_process_with_arguments_files_and_exit_code(string program, string[] first)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Glibc is Linux's.");
        string[] arguments = ["3", "", "two words", "--a=\"b\"", "*", "長い\n"];
        using Process process = Start(program, [.. first, .. arguments], ("OTHER", "ü=1"));
        process.StandardInput.Write("first line\nsecond line");
        process.StandardInput.Close();
        JsonElement said = JsonElement.Parse(process.StandardOutput.ReadLine()!);
        Assert.Equal("first line\nsecond line", process.StandardOutput.ReadToEnd().TrimEnd('\n'));
        Assert.Equal("to the standard error\n", process.StandardError.ReadToEnd());
        process.WaitForExit();

        Assert.Equal(3, process.ExitCode);
        Assert.Equal(arguments, said.GetProperty("Arguments").EnumerateArray().Select(argument => argument.GetString()));
        Assert.Equal(process.Id, said.GetProperty("Id").GetInt32());
        Assert.Equal($"{process.Id}", said.GetProperty("Guard").GetString());
        Assert.StartsWith("glibc.malloc.arena_max=1:", said.GetProperty("Tunables").GetString(), StringComparison.Ordinal);
        Assert.Equal("ü=1", said.GetProperty("Other").GetString());
        Assert.Equal(Path.GetTempPath().TrimEnd('/'), said.GetProperty("Folder").GetString());
    }

    [Fact]
    public void A_program_started_anew_has_no_file_open_that_it_would_not_have_otherwise()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Glibc is Linux's.");

        Assert.Equal($"{Say(("LONGALIGN_RESTART", "0")).GetProperty("Inherited")}", $"{Say().GetProperty("Inherited")}");
    }

    [Fact]
    public async Task A_program_started_anew_can_be_diagnosed_and_leaves_no_file_behind()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Glibc is Linux's.");
        string[] before = Directory.GetFiles(Path.GetTempPath()); // a program that was killed left files, and numbers of processes come again
        using Process process = Start(Host, ["0"]);
        process.StandardOutput.ReadLine(); // it runs, and waits for input
        string address = Assert.Single(Directory.GetFiles(Path.GetTempPath(), $"dotnet-diagnostic-{process.Id}-*-socket").Except(before));
        using (Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(address)); // refused where nobody listens
        }

        process.StandardInput.Close();
        process.WaitForExit();
        Assert.Empty(Directory.GetFiles(Path.GetTempPath(), $"*-{process.Id}-*").Except(before));
    }

    [Fact]
    public void A_program_that_is_told_not_to_does_not_start_itself_anew()
    {
        JsonElement said = Say(("LONGALIGN_RESTART", "0"));

        Assert.Equal(JsonValueKind.Null, said.GetProperty("Tunables").ValueKind);
        Assert.Equal(JsonValueKind.Null, said.GetProperty("Guard").ValueKind);
    }

    [Fact]
    public void Tunables_of_the_users_own_are_kept()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Glibc is Linux's.");

        Assert.StartsWith(
            "glibc.malloc.arena_max=2:glibc.malloc.mmap_threshold=", Say(("GLIBC_TUNABLES", "glibc.malloc.arena_max=2")).GetProperty("Tunables").GetString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_signal_reaches_a_program_started_anew()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Glibc is Linux's.");
        using Process process = Start(Host, ["0"]);
        process.StandardOutput.ReadLine(); // it runs, and waits for input
        using Process kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        kill.WaitForExit();
        process.WaitForExit();

        Assert.Equal(7, process.ExitCode);
    }

    private static JsonElement Say(params (string Name, string Value)[] variables)
    {
        using Process process = Start(Host, ["0"], variables);
        process.StandardInput.Close();
        JsonElement said = JsonElement.Parse(process.StandardOutput.ReadLine()!);
        process.WaitForExit();
        return said;
    }

    private static Process Start(string program, string[] arguments, params (string Name, string Value)[] variables)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (string name in (string[])["GLIBC_TUNABLES", "LONGALIGN_RESTART", "LONGALIGN_RESTARTED", "MALLOC_ARENA_MAX"])
        {
            start.Environment.Remove(name);
        }

        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
