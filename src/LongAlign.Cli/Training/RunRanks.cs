using LongAlign.Cli.Terminal;
using LongAlign.Distributed;
using LongAlign.Distributed.Mpi;
using TorchSharp;

namespace LongAlign.Cli.Training;

/// <summary>The processes that <c>mpirun</c> started for a run, or this process alone. Only the first prints and writes files.</summary>
internal sealed class RunRanks : IDisposable
{
    private readonly MpiProcessGroup? _mpi;

    private RunRanks(MpiProcessGroup? mpi) => _mpi = mpi;

    public IProcessGroup Group => _mpi is null ? SingleProcessGroup.Instance : _mpi;

    public bool IsFirst => Group.Rank == 0;

    /// <summary>The number of this process among those on its machine.</summary>
    public int LocalRank => _mpi?.LocalRank ?? 0;

    /// <summary>Joins the others where there are any, and leaves each its share of the machine's processors.</summary>
    public static RunRanks Join()
    {
        if (!MpiProcessGroup.IsLaunched)
        {
            return new RunRanks(null);
        }

        RunRanks ranks = new(MpiProcessGroup.Initialize());
        if (Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is null)
        {
            torch.set_num_threads(Math.Max(1, Environment.ProcessorCount / ranks._mpi!.LocalSize));
        }

        return ranks;
    }

    /// <summary>The console of this process: that of the program for the first, a silent one for the others. Errors go to the program's.</summary>
    public ToolConsole ConsoleOf(ToolConsole console) => IsFirst ? console : new ToolConsole(TextWriter.Null, TextWriter.Null, isInteractive: false);

    public void Dispose() => _mpi?.Dispose();
}
