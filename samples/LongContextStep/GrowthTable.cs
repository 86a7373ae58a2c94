using System.Diagnostics;
using System.Globalization;

namespace LongContextStep;

/// <summary>Time and memory of steps of 4,096 to 65,536 tokens, each in a separate process: a process remembers its largest memory.</summary>
internal static class GrowthTable
{
    public static int Print()
    {
        Console.WriteLine("| tokens | longest sequence | seconds | tokens/s | TFLOP | peak memory |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: |");
        for (int tokens = 4_096; tokens <= 65_536; tokens *= 2)
        {
            ProcessStartInfo start = new(Environment.ProcessPath!, ["--tokens", tokens.ToString(CultureInfo.InvariantCulture), "--row"]);
            using Process step = Process.Start(start)!;
            step.WaitForExit();
            if (step.ExitCode != 0)
            {
                return step.ExitCode;
            }
        }

        return 0;
    }

    public static string Row(StepWork work, double seconds, long peakBytes) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {work.Tokens:N0} | {work.Lengths.Max():N0} | {seconds:N1} | {work.Tokens / seconds:N0} | {work.Flops / 1e12:N2} | {peakBytes / 1e9:N2} GB |");
}
