using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LongAlign.Batching;
using LongAlign.Sequences;

namespace LongAlign.Core.Tests;

/// <summary>A short text that stands for a plan, so that a test can pin one.</summary>
internal static class Fingerprint
{
    public static string Of(IEnumerable<MicroBatch> microBatches)
        => Hash(string.Join('|', microBatches.Select(batch => string.Join(',', batch.Indices.ToArray()))));

    public static string Of(IEnumerable<BatchStep> steps)
        => Hash(string.Join('\n', steps.Select(step => string.Create(CultureInfo.InvariantCulture, $"{step.Index} {Text(step.Totals)} {Of(step.MicroBatches)}"))));

    private static string Text(StepTotals totals) => string.Create(
        CultureInfo.InvariantCulture,
        $"StepTotals {{ SequenceCount = {totals.SequenceCount}, MicroBatchCount = {totals.MicroBatchCount}, TargetCount = {totals.TargetCount} }}");

    private static string Hash(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
}
