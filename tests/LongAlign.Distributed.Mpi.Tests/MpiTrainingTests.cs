using System.Runtime.InteropServices;
using LongAlign.Distributed.Mpi.Ranks;

namespace LongAlign.Distributed.Mpi.Tests;

[Trait("Speed", "Slow")]
public sealed class MpiTrainingTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Ranks_come_to_the_losses_and_weights_of_one_process(int ranks) => AssertEqual(ranks, "recipes", Recipe.All);

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void So_do_ranks_of_which_two_share_each_pack(int ranks) => AssertEqual(ranks, "shared recipes", Recipe.Shared);

    [Fact]
    public void A_process_without_mpirun_is_a_group_of_one()
    {
        using TemporaryFolder folder = new();
        MpiRun run = Scene.StartAlone("recipes", folder);
        Assert.True(run.ExitCode == 0, run.Output);
        Assert.Contains("rank 0 of 1", run.Output, StringComparison.Ordinal);
        Assert.Equal(Recipe.All[0].RunAlone(1).Weights, Read<float>(folder, Recipe.All[0], 0, "weights"));
    }

    private static void AssertEqual(int ranks, string scene, IReadOnlyList<Recipe> recipes)
    {
        using TemporaryFolder folder = new();
        MpiRun run = Scene.Start(ranks, scene, folder);
        Assert.True(run.ExitCode == 0, run.Output);
        foreach (Recipe recipe in recipes)
        {
            (double[] losses, float[] weights) = recipe.RunAlone(ranks);
            float[] first = Read<float>(folder, recipe, 0, "weights");
            for (int rank = 0; rank < ranks; rank++)
            {
                double[] ownLosses = Read<double>(folder, recipe, rank, "losses");
                float[] ownWeights = Read<float>(folder, recipe, rank, "weights");
                Assert.Equal(first, ownWeights); // to the bit
                Assert.Equal(losses.Length, ownLosses.Length);
                Assert.Equal(weights.Length, ownWeights.Length);
                AssertNear(losses.Zip(ownLosses), recipe, "losses");
                AssertNear(weights.Select(value => (double)value).Zip(ownWeights.Select(value => (double)value)), recipe, "weights");
            }
        }
    }

    /// <summary>Relative to 1 or to the value, whichever is more.</summary>
    private static void AssertNear(IEnumerable<(double Expected, double Actual)> pairs, Recipe recipe, string what)
    {
        double worst = pairs.Max(pair => Math.Abs(pair.Expected - pair.Actual) / Math.Max(1, Math.Abs(pair.Expected)));
        Assert.True(worst <= recipe.Tolerance, $"{recipe.Name}: {what} are {worst:E1} off.");
    }

    private static T[] Read<T>(string folder, Recipe recipe, int rank, string what)
        where T : struct
        => MemoryMarshal.Cast<byte, T>(File.ReadAllBytes(Path.Combine(folder, $"{recipe.Name}.{rank}.{what}"))).ToArray();
}
