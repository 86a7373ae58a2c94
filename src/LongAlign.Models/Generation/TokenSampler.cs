using System.Numerics.Tensors;

namespace LongAlign.Models.Generation;

/// <summary>Chooses a token from logits.</summary>
internal sealed class TokenSampler(GenerationOptions options)
{
    /// <summary>Tokens this far below the likeliest have a ten-millionth of its probability: rarely worth sorting.</summary>
    private const float FarBelow = 16;

    private const double LeastTemperature = 1e-6;

    private float[] _probabilities = [];

    /// <summary>The next token of a sequence.</summary>
    /// <param name="logits">[vocabulary], finite numbers or minus infinity.</param>
    /// <param name="uniform">A number from 0 to below 1 that decides what is drawn.</param>
    public int Choose(ReadOnlySpan<float> logits, double uniform)
    {
        int likeliest = TensorPrimitives.IndexOfMax(logits);
        if (!float.IsFinite(logits[likeliest]))
        {
            throw new InvalidOperationException($"The model's logits are not finite: that of token {likeliest} is {logits[likeliest]}.");
        }

        if (options.Temperature < LeastTemperature)
        {
            return likeliest;
        }

        if (_probabilities.Length < logits.Length)
        {
            _probabilities = new float[logits.Length];
        }

        // Probabilities up to a factor: the likeliest token's is 1.
        Span<float> weights = _probabilities.AsSpan(0, logits.Length);
        TensorPrimitives.Subtract(logits, logits[likeliest], weights);
        TensorPrimitives.Multiply(weights, (float)(1 / options.Temperature), weights);
        if (options.TopK is null && options.TopP is null or 1)
        {
            TensorPrimitives.Exp(weights, weights);
            return Draw(weights, uniform * Sum(weights));
        }

        (int[] ids, float[] sorted) = Candidates(weights);
        return ids[Draw(sorted, uniform * Sum(sorted))];
    }

    /// <summary>The tokens that may be drawn and their weights, the likeliest first.</summary>
    private (int[] Ids, float[] Weights) Candidates(ReadOnlySpan<float> logits)
    {
        // To sort a whole vocabulary takes longer than a step of a small model, and mostly the tokens near the top are enough.
        double total = options.TopK is null ? SumOfExponentials(logits) : 0;
        (int[] ids, float[] weights) = Sort(logits, above: -FarBelow);
        bool enough = options.TopK is { } k ? ids.Length >= k : Sum(weights) >= options.TopP * total;
        if (!enough)
        {
            (ids, weights) = Sort(logits, above: float.NegativeInfinity);
        }

        int count = Math.Min(options.TopK ?? ids.Length, ids.Length);
        if (options.TopP is { } share and < 1)
        {
            count = CountOfShare(weights.AsSpan(0, count), share * (options.TopK is null ? total : Sum(weights.AsSpan(0, count))));
        }

        return (ids[..count], weights[..count]);
    }

    /// <summary>Returns the number of likeliest tokens that together hold a share; at least one.</summary>
    private static int CountOfShare(ReadOnlySpan<float> weights, double share)
    {
        double sum = weights[0];
        int count = 1;
        while (count < weights.Length && sum < share)
        {
            sum += weights[count++];
        }

        return count;
    }

    private static double SumOfExponentials(ReadOnlySpan<float> logits)
    {
        double sum = 0;
        foreach (float logit in logits)
        {
            sum += MathF.Exp(logit);
        }

        return sum;
    }

    /// <summary>Tokens above a bound by falling weight, equal ones by id.</summary>
    private static (int[] Ids, float[] Weights) Sort(ReadOnlySpan<float> logits, float above)
    {
        List<(float Logit, int Id)> kept = [];
        for (int id = 0; id < logits.Length; id++)
        {
            if (logits[id] > above)
            {
                kept.Add((logits[id], id));
            }
        }

        kept.Sort((a, b) => a.Logit != b.Logit ? b.Logit.CompareTo(a.Logit) : a.Id.CompareTo(b.Id));
        return ([.. kept.Select(token => token.Id)], [.. kept.Select(token => MathF.Exp(token.Logit))]);
    }

    private static double Sum(ReadOnlySpan<float> weights)
    {
        double sum = 0;
        foreach (float weight in weights)
        {
            sum += weight;
        }

        return sum;
    }

    /// <summary>The index at which the running sum passes a point; of rounding, the last that has a weight.</summary>
    private static int Draw(ReadOnlySpan<float> weights, double point)
    {
        double sum = 0;
        int last = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] > 0)
            {
                sum += weights[i];
                last = i;
                if (point < sum)
                {
                    break;
                }
            }
        }

        return last;
    }
}
