using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Benchmarks.Checks;

/// <summary>Projection and loss in one against a cross entropy over the logits of all tokens.</summary>
internal static class LossChecks
{
    private const int TimedTokens = 1_024;

    public static IEnumerable<Figure> Run()
    {
        foreach (Figure figure in Compare(1.0, "every token a target", mostOfTime: 0.6))
        {
            yield return figure;
        }

        foreach (Figure figure in Compare(0.1, "1 token in 10 a target", mostOfTime: 0.08))
        {
            yield return figure;
        }

        LossBenchmarks loss = new() { Tokens = 8_192, TargetShare = 1 };
        loss.SetUp();
        torch.set_num_threads(Environment.ProcessorCount); // memory does not depend on them
        double fused = PeakMemory.Measure(() => loss.Fused());
        double all = PeakMemory.Measure(() => loss.AllLogits(), warmUp: false); // the fused one has made both gradients
        torch.set_num_threads(1);
        loss.CleanUp();
        yield return new Figure("loss of 8,192 targets of 32,000 pieces, peak memory of all logits", all / 1e6, "MB");
        yield return new Figure("loss of 8,192 targets of 32,000 pieces, peak memory fused", fused / 1e6, "MB");
        yield return new Figure("loss of 8,192 targets of 32,000 pieces, peak memory against all logits", fused / all, "x", AtMost: 0.06);
    }

    private static IEnumerable<Figure> Compare(double targetShare, string name, double mostOfTime)
    {
        using DisposeScope scope = NewDisposeScope();
        LossBenchmarks loss = new() { Tokens = TimedTokens, TargetShare = targetShare };
        loss.SetUp();
        double plainLoss = loss.AllLogits();
        (Tensor hidden, Tensor head) = loss.Gradients();
        double fusedLoss = loss.Fused();
        (Tensor fusedHidden, Tensor fusedHead) = loss.Gradients();
        yield return new Figure($"loss, {name}, relative difference from all logits", Math.Abs(fusedLoss - plainLoss) / plainLoss * 1e6, "millionths", AtMost: 1);
        yield return new Figure(
            $"loss, {name}, relative difference of gradients",
            Math.Max(Difference(hidden, fusedHidden), Difference(head, fusedHead)) * 1e6,
            "millionths",
            AtMost: 10);
        (double all, double fused) = Stopwatches.Best(() => loss.AllLogits(), () => loss.Fused(), runs: 1);
        loss.CleanUp();
        yield return new Figure($"loss, {name}, forward and backward of 1,024 tokens fused", fused * 1e3, "ms");
        yield return new Figure($"loss, {name}, time against all logits", fused / all, "x", AtMost: mostOfTime);
    }

    private static double Difference(Tensor expected, Tensor actual) => ((expected - actual).norm() / expected.norm()).ToDouble();
}
