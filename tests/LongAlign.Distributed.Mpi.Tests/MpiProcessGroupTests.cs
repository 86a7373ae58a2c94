namespace LongAlign.Distributed.Mpi.Tests;

[Trait("Speed", "Slow")]
public sealed class MpiProcessGroupTests
{
    [Fact]
    public void Sums_and_broadcasts_are_exact_for_every_dtype_layout_and_size()
    {
        MpiRun run = Scene.Start(3, "collectives");
        Assert.True(run.ExitCode == 0, run.Output);
    }

    [Fact]
    public void A_missing_library_is_told_from_another_MPI()
    {
        string missing = Assert.Throws<MpiUnavailableException>(() => OpenMpi.Load("libnone.so.40", ["libnone.so.12"])).Message;
        Assert.Equal("Open MPI (libnone.so.40) is not installed: on Debian and Ubuntu, install openmpi-bin on every machine.", missing);

        // Any library that is there stands for MPICH's.
        string other = Assert.Throws<MpiUnavailableException>(() => OpenMpi.Load("libnone.so.40", ["libc.so.6"])).Message;
        Assert.Contains("There is MPICH (libc.so.6)", other, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PMI_SIZE", "4", true)]
    [InlineData("SLURM_STEP_NUM_TASKS", "2", true)]
    [InlineData("PMI_SIZE", "1", false)]
    [InlineData("PMI_SIZE", "many", false)]
    [InlineData("HOME", "4", false)]
    public void Another_launcher_of_several_processes_is_noticed(string variable, string value, bool isNoticed)
    {
        string? fault = MpiProcessGroup.OtherLauncher(name => name == variable ? value : null);
        Assert.Equal(isNoticed, fault is not null);
        Assert.Equal(isNoticed, fault?.Contains($"one of {value} ({variable})", StringComparison.Ordinal) ?? false);
    }

    [Theory]
    [InlineData("OMPI_COMM_WORLD_SIZE", "2", true)]
    [InlineData("PMI_SIZE", "4", true)]
    [InlineData("OMPI_COMM_WORLD_SIZE", "1", false)]
    [InlineData("HOME", "4", false)]
    public void A_process_knows_whether_it_is_one_of_several(string variable, string value, bool isOne)
        => Assert.Equal(isOne, MpiProcessGroup.IsLaunchedIn(name => name == variable ? value : null));

    [Fact]
    public void A_time_out_is_positive()
        => Assert.Throws<ArgumentOutOfRangeException>(() => MpiProcessGroup.Initialize(TimeSpan.Zero));
}
