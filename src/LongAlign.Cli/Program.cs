using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using LongAlign.Cli;
using LongAlign.Cli.Terminal;
using LongAlign.Programs;

GlibcTunables.EnsureSet();
CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
bool wantsColour = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
ToolConsole console = new(
    Console.Out, Console.Error, isInteractive: !Console.IsErrorRedirected, usesColour: wantsColour && !Console.IsOutputRedirected, coloursErrors: wantsColour && !Console.IsErrorRedirected);
using CancellationTokenSource cancellation = new();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
return await Tool.RunAsync(args, console, cancellation.Token);

// The first signal lets the command save what it has; a second one ends the process at once.
void Cancel(PosixSignalContext signal)
{
    if (!cancellation.IsCancellationRequested)
    {
        signal.Cancel = true;
        console.Say("Stopping; once more ends it at once.");
        cancellation.Cancel();
    }
}
