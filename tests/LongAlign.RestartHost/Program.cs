using System.Runtime.InteropServices;
using System.Text.Json;
using LongAlign.Programs;

// LongAlign.RestartHost EXIT_CODE ...
// Says what reached it after it started itself anew, then what it reads; ends with the code, or with 7 on SIGTERM if the input stays open.
GlibcTunables.EnsureSet();
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Environment.Exit(7));
Console.WriteLine(JsonSerializer.Serialize(new
{
    Arguments = args,
    Id = Environment.ProcessId,
    Folder = Environment.CurrentDirectory,
    Tunables = Environment.GetEnvironmentVariable(GlibcTunables.Variable),
    Guard = Environment.GetEnvironmentVariable(GlibcTunables.Guard),
    Other = Environment.GetEnvironmentVariable("OTHER"),
    Inherited = OperatingSystem.IsLinux() ? Directory.GetFiles("/proc/self/fdinfo").Where(IsInherited).Order() : null,
}));
Console.WriteLine(Console.In.ReadToEnd());
Console.Error.WriteLine("to the standard error");
return int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture);

// Open without O_CLOEXEC: an open file that a program passes on to the next. The one that lists the folder is closed by now.
static bool IsInherited(string file)
    => File.Exists(file) && (Convert.ToInt32(File.ReadLines(file).First(line => line.StartsWith("flags:", StringComparison.Ordinal)).Split('\t')[1], 8) & 0x80000) == 0;
