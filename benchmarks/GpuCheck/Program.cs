// Checks attention, the loss, a training step and two processes on a GPU and prints a table. The exit code is 1 if a bar is missed, 2 without a GPU.
//
//   eng/gpu-check.sh FOLDER_OF_LIBTORCH                       on a GPU
//   dotnet run -c Release --project benchmarks/GpuCheck -- --cpu    the same code on the CPU, in seconds, with tiny sizes
using GpuCheck;
using LongAlign.Benchmarks.Checks;
using LongAlign.Native;
using LongAlign.Programs;
using TorchSharp;
using static TorchSharp.torch;

GlibcTunables.EnsureSet();
bool isRank = args is [RankProcess.Argument, ..];
if ((isRank ? args[1..] : args) is not ([] or ["--cpu"]))
{
    Console.Error.WriteLine("Usage: GpuCheck [--cpu]");
    return 2;
}

bool onCpu = args is [.., "--cpu"];
try
{
    TorchRuntime.EnsureAvailable();
}
catch (TorchUnavailableException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

if (!onCpu && !cuda.is_available())
{
    Console.Error.WriteLine("This libtorch finds no CUDA GPU here; --cpu runs the same checks with tiny sizes on the CPU.");
    return 2;
}

if (!onCpu)
{
    InitializeDeviceType(DeviceType.CUDA);
}

CheckSizes sizes = onCpu ? CheckSizes.Tiny : CheckSizes.Gpu;
if (isRank)
{
    RankProcess.Run(sizes);
    return 0;
}

bool allMet = true;
foreach (Figure figure in AttentionCheck.Run(sizes).Concat(LossCheck.Run(sizes)).Concat(StepCheck.Run(sizes)).Concat(RanksCheck.Run(sizes)))
{
    Console.WriteLine($"{(figure.IsMet ? "ok    " : "MISSED")} {figure}");
    allMet &= figure.IsMet;
}

return allMet ? 0 : 1;
