using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using LongAlign.Batching;
using LongAlign.Sequences;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Training.Checkpoints;

/// <summary>What decides the steps of a run beside the library's samplers, in words: a run goes on only with the same.</summary>
internal static class RunOptions
{
    private const int SampledSequences = 16;
    private const int SampledNumbers = 64;

    public static SortedDictionary<string, string> Of(TrainerSetup setup, int totalSteps)
    {
        SortedDictionary<string, string> options = new(StringComparer.Ordinal)
        {
            ["loss"] = $"{setup.Reduction}",
            ["learning rate"] = Text(setup.AdamW.LearningRate),
            ["beta1"] = Text(setup.AdamW.Beta1),
            ["beta2"] = Text(setup.AdamW.Beta2),
            ["epsilon"] = Text(setup.AdamW.Epsilon),
            ["weight decay"] = Text(setup.AdamW.WeightDecay),
            ["schedule"] = setup.Schedule.Description,
            ["largest gradient norm"] = Text(setup.MaxGradientNorm),
            ["mixed precision"] = $"{setup.MixedPrecision}",
            ["total steps"] = Text(totalSteps),
            ["collator"] = setup.Collator.GetType().Name,
            ["tokens (hash of some sequences)"] = HashTokens(setup.Dataset),
        };
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
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int count = Math.Min(SampledSequences, dataset.Count);
        for (int i = 0; i < count; i++)
        {
            int index = count == 1 ? 0 : (int)((long)i * (dataset.Count - 1) / (count - 1));
            long[] ids = new long[dataset.Lengths[index]];
            long[] labels = new long[ids.Length];
            dataset.CopyTo(index, 0, ids, labels);
            hash.AppendData(MemoryMarshal.AsBytes(ids.AsSpan()));
            hash.AppendData(MemoryMarshal.AsBytes(labels.AsSpan()));
        }

        return Finish(hash);
    }

    /// <summary>The first numbers of each frozen parameter: a checkpoint of an adapter holds none of them, and goes with one base model only.</summary>
    private static string HashFrozen(IEnumerable<Parameter> parameters)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Parameter parameter in parameters.Where(parameter => !parameter.requires_grad))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor flat = parameter.detach().flatten();
            hash.AppendData(flat.narrow(0, 0, Math.Min(SampledNumbers, flat.numel())).to(ScalarType.Float32).cpu().bytes);
        }

        return Finish(hash);
    }

    private static string HashSteps(IBatchSampler sampler)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (MicroBatch microBatch in sampler.GetSteps(0).SelectMany(step => step.MicroBatches))
        {
            int count = microBatch.Count;
            hash.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in count)));
            hash.AppendData(MemoryMarshal.AsBytes(microBatch.Indices.Span));
        }

        return Finish(hash);
    }

    private static string Finish(IncrementalHash hash) => Convert.ToHexString(hash.GetHashAndReset().AsSpan(0, 16));
}
