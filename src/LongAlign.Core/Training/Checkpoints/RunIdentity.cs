using System.Globalization;
using System.Runtime.InteropServices;
using LongAlign.Batching;
using LongAlign.Sequences;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Training.Checkpoints;

/// <summary>The settings beside the library's samplers that decide the steps of a run, by name. They must be the same to resume, and on all ranks.</summary>
internal static class RunIdentity
{
    private const int SampledSequences = 16;
    private const int SampledNumbers = 64;

    /// <summary>The name of the number of steps; it may change on resuming where the schedule does not depend on it.</summary>
    public const string TotalSteps = "total steps";

    /// <summary>The learning rate over the run, by name and parameters.</summary>
    public const string Schedule = "schedule";

    /// <summary>The settings of the trainer, which no tensor is read for.</summary>
    public static SortedDictionary<string, string> SettingsOf(TrainerSetup setup, int totalSteps)
    {
        SortedDictionary<string, string> settings = new(StringComparer.Ordinal)
        {
            ["loss"] = setup.Loss is CrossEntropyLoss { Reduction: var reduction } ? $"{reduction}" : setup.Loss.GetType().Name,
            [Schedule] = setup.Schedule.Description,
            ["largest gradient norm"] = Text(setup.MaxGradientNorm),
            ["mixed precision"] = $"{setup.MixedPrecision}",
            ["micro-batches from which on gradients add up in float32"] = Text(setup.Float32GradientsFrom),
            [TotalSteps] = Text(totalSteps),
            ["collator"] = setup.Collator.GetType().Name,
        };
        foreach ((string name, string value) in setup.Loss.Settings)
        {
            settings[$"loss {name}"] = value;
        }

        return settings;
    }

    /// <summary>The settings of the optimizer, which is made later than the other parts of a run.</summary>
    public static SortedDictionary<string, string> SettingsOf(ITrainingOptimizer optimizer)
    {
        SortedDictionary<string, string> settings = new(StringComparer.Ordinal)
        {
            ["optimizer"] = optimizer.GetType().Name,
            ["optimizer learning rate"] = Text(optimizer.LearningRate),
        };
        foreach ((string name, string value) in optimizer.Settings)
        {
            settings[$"optimizer {name}"] = value;
        }

        return settings;
    }

    public static SortedDictionary<string, string> Of(TrainerSetup setup, ITrainingOptimizer optimizer, int totalSteps)
    {
        SortedDictionary<string, string> options = SettingsOf(setup, totalSteps);
        foreach ((string name, string value) in SettingsOf(optimizer))
        {
            options[name] = value;
        }

        options["tokens (hash of some sequences)"] = HashTokens(setup.Dataset);
        if (setup.Sampler is not BatchSampler)
        {
            options["sampler"] = setup.Sampler.GetType().Name;
            options["steps of the first epoch (hash)"] = HashSteps(setup.Sampler);
        }

        foreach ((string name, Parameter parameter) in setup.ParameterNames.Zip(setup.Parameters))
        {
            options[$"parameter {name}"] = $"{(parameter.requires_grad ? "" : "frozen ")}{parameter.dtype} [{string.Join(", ", parameter.shape)}]";
        }

        if (setup.Parameters.Any(parameter => !parameter.requires_grad))
        {
            options["frozen weights (hash of some of each)"] = HashFrozen(setup.Parameters);
        }

        return options;
    }

    public static IEnumerable<string> FindDifferences(SortedDictionary<string, string> theirs, SortedDictionary<string, string> ours)
        => theirs.Keys.Union(ours.Keys)
            .Where(name => theirs.GetValueOrDefault(name) != ours.GetValueOrDefault(name))
            .Select(name => $"{name}: {Quote(theirs, name)} in the checkpoint, {Quote(ours, name)} here");

    private static string Quote(SortedDictionary<string, string> options, string name)
        => options.TryGetValue(name, out string? value) ? $"'{value}'" : "none";

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Ids and labels of a few sequences from the first to the last: other texts of the same lengths are found out without reading them all.</summary>
    private static string HashTokens(ISequenceDataset dataset)
    {
        using ContentHash hash = new();
        int count = Math.Min(SampledSequences, dataset.Count);
        for (int i = 0; i < count; i++)
        {
            int index = count == 1 ? 0 : (int)((long)i * (dataset.Count - 1) / (count - 1));
            long[] ids = new long[dataset.Lengths[index]];
            long[] labels = new long[ids.Length];
            dataset.CopyTo(index, 0, ids, labels);
            hash.AddBytes(MemoryMarshal.AsBytes(ids.AsSpan()));
            hash.AddBytes(MemoryMarshal.AsBytes(labels.AsSpan()));
        }

        return hash.Finish();
    }

    /// <summary>The first numbers of each frozen parameter: a checkpoint of an adapter holds none of them, and goes with one base model only.</summary>
    private static string HashFrozen(IEnumerable<Parameter> parameters)
    {
        using ContentHash hash = new();
        foreach (Parameter parameter in parameters.Where(parameter => !parameter.requires_grad))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor flat = parameter.detach().flatten();
            hash.AddBytes(flat.narrow(0, 0, Math.Min(SampledNumbers, flat.numel())).to(ScalarType.Float32).cpu().bytes);
        }

        return hash.Finish();
    }

    private static string HashSteps(IBatchSampler sampler)
    {
        using ContentHash hash = new();
        foreach (MicroBatch microBatch in sampler.GetSteps(0).SelectMany(step => step.MicroBatches))
        {
            hash.Add(microBatch.Indices.Span);
        }

        return hash.Finish();
    }
}
