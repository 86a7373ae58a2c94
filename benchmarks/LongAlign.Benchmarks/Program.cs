// Measures the library.
//
//   dotnet run -c Release --project benchmarks/LongAlign.Benchmarks -- --filter '*Packing*'     BenchmarkDotNet
//   dotnet run -c Release --project benchmarks/LongAlign.Benchmarks -- check all                against the bars, in a few minutes
//   dotnet run -c Release --project benchmarks/LongAlign.Benchmarks -- check learning [--short]  what each batching learns
//   dotnet run -c Release --project benchmarks/LongAlign.Benchmarks -- lengths > paper.txt      the paper's mix, for samples/PlanExplorer
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using LongAlign.Benchmarks;
using LongAlign.Benchmarks.Checks;
using LongAlign.Programs;

GlibcTunables.EnsureSet();
if (args is ["check", ..])
{
    return CheckCommand.Run(args[1..]);
}

if (args is [LongPackSteps.Argument, ..])
{
    LongPackSteps.Run(args[1..]);
    return 0;
}

if (args is [ShardedSteps.Argument, ..])
{
    ShardedSteps.Run(args[1..]);
    return 0;
}

if (args is [PlannedStep.Argument, ..])
{
    PlannedStep.Run(args[1..]);
    return 0;
}

if (args is ["lengths"])
{
    Console.WriteLine(string.Join('\n', Workloads.PaperMix()));
    return 0;
}

// In this process: a project generated elsewhere would not find the native library.
Job job = Job.ShortRun.WithToolchain(new InProcessEmitToolchain(timeout: TimeSpan.FromHours(1), logOutput: true));
BenchmarkSwitcher.FromAssembly(typeof(CheckCommand).Assembly).Run(args, DefaultConfig.Instance.AddJob(job));
return 0;
