namespace LongAlign.Batching;

/// <summary>Fits seconds = c₀ + c₁·tokens + c₂·squared tokens with no coefficient negative.</summary>
internal static class CostFit
{
    private const int Terms = 3;

    public static double[] Solve(ReadOnlySpan<CostMeasurement> measurements)
    {
        if (measurements.Length < Terms)
        {
            throw new ArgumentException($"There are {measurements.Length} measurements; expected at least {Terms}.", nameof(measurements));
        }

        double[][] rows = new double[measurements.Length][];
        for (int i = 0; i < rows.Length; i++)
        {
            CostMeasurement m = measurements[i];
            if (m.TokenCount < 1 || m.SquaredTokenCount < m.TokenCount || !double.IsFinite(m.Seconds) || m.Seconds <= 0)
            {
                throw new ArgumentException(
                    $"Measurement {i} is {m}; expected tokens, a sum of squares not less than them, and more than 0 seconds.", nameof(measurements));
            }

            // Divided by the seconds, so that what is left over is the relative error.
            rows[i] = [1 / m.Seconds, m.TokenCount / m.Seconds, m.SquaredTokenCount / m.Seconds];
        }

        double[] scale = [.. Enumerable.Range(0, Terms).Select(term => Math.Sqrt(rows.Sum(row => row[term] * row[term])))];
        foreach (double[] row in rows)
        {
            for (int term = 0; term < Terms; term++)
            {
                row[term] /= scale[term];
            }
        }

        // The best fit with some coefficients held at 0 is an ordinary one without them; of those with no negative coefficient, the best
        // is what is looked for. Three terms make seven such fits.
        double[]? best = null;
        double least = double.PositiveInfinity;
        for (int used = (1 << Terms) - 1; used > 0; used--)
        {
            if (Fit(rows, used) is { } fit && fit.All(c => c >= 0) && Error(rows, fit) is double error && error < least)
            {
                (best, least) = (fit, error);
            }
            else if (used == (1 << Terms) - 1 && Fit(rows, used) is null)
            {
                throw new ArgumentException(
                    "The measurements are too much alike to tell tokens from squared tokens; expected micro-batches of several sizes, of short and of long sequences.",
                    nameof(measurements));
            }
        }

        return [.. best!.Zip(scale, (c, s) => c / s)];
    }

    /// <summary>Gauss's elimination of the normal equations of the terms used; null where they have no single solution.</summary>
    private static double[]? Fit(double[][] rows, int used)
    {
        int[] terms = [.. Enumerable.Range(0, Terms).Where(term => (used >> term & 1) != 0)];
        int n = terms.Length;
        double[,] a = new double[n, n + 1];
        foreach (double[] row in rows)
        {
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    a[i, j] += row[terms[i]] * row[terms[j]];
                }

                a[i, n] += row[terms[i]];
            }
        }

        for (int i = 0; i < n; i++)
        {
            // Symmetric and positive definite, of a diagonal of ones: a pivot near 0 means that a term is a mix of those before it.
            if (a[i, i] < 1e-9)
            {
                return null;
            }

            for (int k = 0; k < n; k++)
            {
                double factor = a[k, i] / a[i, i];
                for (int j = i; j <= n && k != i; j++)
                {
                    a[k, j] -= factor * a[i, j];
                }
            }
        }

        double[] solution = new double[Terms];
        for (int i = 0; i < n; i++)
        {
            solution[terms[i]] = a[i, n] / a[i, i];
        }

        return solution;
    }

    private static double Error(double[][] rows, double[] c)
        => rows.Sum(row => Math.Pow((row[0] * c[0]) + (row[1] * c[1]) + (row[2] * c[2]) - 1, 2));
}
