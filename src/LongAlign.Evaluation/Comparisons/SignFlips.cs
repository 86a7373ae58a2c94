using System.Numerics;
using MathNet.Numerics.Random;

namespace LongAlign.Evaluation.Comparisons;

/// <summary>The paired permutation test: how often random signs of the differences make a sum at least as far from 0 as theirs.</summary>
internal static class SignFlips
{
    /// <summary>Up to so many differences other than 0, all signs are tried: 2^16 sums.</summary>
    public const int ExactLimit = 16;

    /// <summary>The two-sided p-value: exact for few differences, else of random signs, the observed ones counted among them.</summary>
    public static (double PValue, bool IsExact) Test(double[] differences, int seed, int permutations)
    {
        double[] sizes = [.. differences.Where(difference => difference != 0).Select(Math.Abs)];
        double observed = Math.Abs(differences.Sum());
        double least = observed - (1e-9 * (1 + sizes.Sum())); // sums of the same numbers in another order round otherwise
        return sizes.Length <= ExactLimit ? (All(sizes, least), true) : (Sample(sizes, least, seed, permutations), false);
    }

    /// <summary>Gray code: each sum differs from the one before by one sign.</summary>
    private static double All(double[] sizes, double least)
    {
        int count = 1 << sizes.Length;
        double sum = sizes.Sum();
        int asFar = sum >= least ? 1 : 0;
        for (int i = 1, signs = 0; i < count; i++)
        {
            int flipped = BitOperations.TrailingZeroCount(i);
            signs ^= 1 << flipped;
            sum += (signs & (1 << flipped)) == 0 ? 2 * sizes[flipped] : -2 * sizes[flipped];
            asFar += Math.Abs(sum) >= least ? 1 : 0;
        }

        return (double)asFar / count;
    }

    private static double Sample(double[] sizes, double least, int seed, int permutations)
    {
        Xoshiro256StarStar random = new(seed, threadSafe: false);
        int asFar = 1;
        for (int i = 0; i < permutations; i++)
        {
            double sum = 0;
            foreach (double size in sizes)
            {
                sum += random.Next(2) == 0 ? size : -size;
            }

            asFar += Math.Abs(sum) >= least ? 1 : 0;
        }

        return asFar / (permutations + 1.0);
    }
}
