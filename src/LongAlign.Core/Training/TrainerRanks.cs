using System.Globalization;
using LongAlign.Batching;
using LongAlign.Distributed;
using LongAlign.Training.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>The work that the ranks of a run do together.</summary>
internal static class TrainerRanks
{
    /// <summary>Compares model, data and settings, which have to be the same on every rank, then gives all of them the weights of rank 0.</summary>
    public static void Begin(TrainerSetup setup, RankVote vote, int totalSteps)
    {
        if (setup.Group.WorldSize == 1)
        {
            return;
        }

        (string Name, string Text)[] traits = [("model", ModelOf(setup)), ("data or batching", BatchesOf(setup)), ("setting of the trainer", SettingsOf(setup, totalSteps))];
        vote.AddUp([]); // a rank that failed on its way here says so
        RankTraits.ThrowIfDifferent(setup.Group, traits);
        using DisposeScope scope = NewDisposeScope();
        foreach (Tensor tensor in setup.Parameters.Concat<Tensor>(setup.Module.buffers()))
        {
            setup.Group.Broadcast(tensor.detach());
        }
    }

    /// <summary>Compares the optimizers, which are made with the weights of rank 0.</summary>
    public static void Compare(TrainerSetup setup, ITrainingOptimizer optimizer, RankVote vote)
    {
        if (setup.Group.WorldSize > 1)
        {
            vote.AddUp([]); // a rank that failed on its way here says so
            RankTraits.ThrowIfDifferent(setup.Group, [("optimizer", string.Join('\n', RunIdentity.SettingsOf(optimizer)))]);
        }
    }

    /// <summary>Ranks that resume must have found the same checkpoint.</summary>
    /// <param name="vote">The vote of all ranks.</param>
    /// <param name="group">The ranks.</param>
    /// <param name="step">The step that this rank resumes from.</param>
    public static void ThrowIfApart(RankVote vote, IProcessGroup group, int step)
    {
        Span<double> sums = [step, (double)step * step];
        vote.AddUp(sums);
        if (sums[0] != (double)step * group.WorldSize || sums[1] != (double)step * step * group.WorldSize)
        {
            throw new ProcessGroupException(
                $"Rank {group.Rank} of {group.WorldSize} resumes from step {step}, and another rank from another step: all ranks must see the same checkpoints, in a shared folder.");
        }
    }

    private static string ModelOf(TrainerSetup setup) => string.Join('\n', setup.ParameterNames.Zip(setup.Parameters)
        .Select(named => $"{named.First} {named.Second.dtype} {string.Join(',', named.Second.shape)} {named.Second.requires_grad}"));

    /// <summary>A sampler that is no <see cref="BatchSampler"/> is known by its steps alone.</summary>
    private static string BatchesOf(TrainerSetup setup)
        => $"{setup.Sampler.StepsPerEpoch} {(setup.Sampler as BatchSampler)?.GetState(0, 0)}";

    // Two functions of a user may have one name.
    private static string SettingsOf(TrainerSetup setup, int totalSteps) => string.Create(
        CultureInfo.InvariantCulture,
        $"{string.Join('\n', RunIdentity.SettingsOf(setup, totalSteps))} {setup.Callbacks.Count} {setup.Sharding} {setup.SequenceParallelism} {string.Join(' ', Enumerable.Range(0, 5).Select(i => setup.Schedule.GetFactor(i * totalSteps / 5, totalSteps)))}");
}
