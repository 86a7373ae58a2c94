namespace LongAlign.Distributed.Mpi.Tests;

/// <summary>Scenes of the program Ranks.</summary>
internal static class Scene
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "LongAlign.Distributed.Mpi.Ranks.dll");

    public static MpiRun Start(int ranks, string scene, string folder = ".", params string[] more)
    {
        Assert.SkipWhen(MpiRun.Obstacle is not null, MpiRun.Obstacle ?? "");
        return MpiRun.Start(ranks, Program, [scene, folder, .. more]);
    }

    public static MpiRun StartAlone(string scene, string folder = ".")
    {
        Assert.SkipWhen(MpiRun.Obstacle is not null, MpiRun.Obstacle ?? "");
        return MpiRun.StartAlone(Program, scene, folder);
    }

    public static void ExpectFailure(this MpiRun run, params ReadOnlySpan<string> texts)
    {
        Assert.True(run.ExitCode != 0, run.Output);
        foreach (string text in texts)
        {
            Assert.Contains(text, run.Output, StringComparison.Ordinal);
        }
    }
}
