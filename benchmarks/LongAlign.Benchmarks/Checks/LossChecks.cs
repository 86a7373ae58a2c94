namespace LongAlign.Benchmarks.Checks;

/// <summary>The loss over targets against the loss over all logits.</summary>
internal static class LossChecks
{
    public static IEnumerable<Figure> Run()
    {
        LossBenchmarks loss = new();
        loss.SetUp();
        (double all, double targets) = Stopwatches.Best(() => loss.AllLogits(), () => loss.TargetsOnly());
        yield return new Figure("loss with 1 target in 10 tokens, forward and backward, speed against all logits", all / targets, "x", AtLeast: 3);
    }
}
