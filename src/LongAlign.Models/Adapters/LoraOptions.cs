using System.Globalization;

namespace LongAlign.Models.Adapters;

/// <summary>How low-rank adapters (LoRA, Hu et al. 2021) are made: W x becomes W x + scaling B A x, and A and B alone are trained.</summary>
public sealed record LoraOptions
{
    /// <summary>The target that stands for every linear map but the vocabulary projection.</summary>
    public const string AllLinear = "all-linear";

    /// <summary>Gets the rank of the updates: A is [rank, inputs], B is [outputs, rank].</summary>
    /// <value>8 by default, at least 1.</value>
    public int Rank { get; init; } = 8;

    /// <summary>Gets the strength of the updates: they are scaled by alpha / rank.</summary>
    /// <value>16 by default.</value>
    public double Alpha { get; init; } = 16;

    /// <summary>Gets the linear maps that are adapted, by name or by the end of their names after a dot (<c>q_proj</c>, <c>self_attn.q_proj</c>), as in PEFT.</summary>
    /// <value><see cref="AllLinear"/> by default.</value>
    public IReadOnlyList<string> Targets { get; init; } = [AllLinear];

    /// <summary>
    /// Gets the share of the elements of an adapter's input that are set to 0 while training, the others divided by 1 - share; every
    /// adapter draws its own. The path through W sees the whole input, and evaluation (<c>eval()</c>) drops nothing.
    /// </summary>
    /// <value>0 by default; less than 1.</value>
    public double Dropout { get; init; }

    /// <summary>Gets whether updates are scaled by alpha / sqrt(rank) (rsLoRA, Kalajdzievski 2023), which keeps high ranks learning.</summary>
    /// <value>False by default.</value>
    public bool RankStabilized { get; init; }

    /// <summary>Gets what decides the first values of A: the same on every device. B begins at 0, so that the model is at first unchanged.</summary>
    /// <value>42 by default.</value>
    public ulong Seed { get; init; } = 42;

    /// <summary>The factor of B A x.</summary>
    public double Scaling => Alpha / (RankStabilized ? Math.Sqrt(Rank) : Rank);

    internal IEnumerable<string> FindFaults()
    {
        if (Rank < 1)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"the rank is {Rank}, expected at least 1");
        }

        if (!double.IsFinite(Alpha) || Alpha <= 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"alpha is {Alpha}, expected more than 0");
        }

        if (Dropout is not (>= 0 and < 1))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"the dropout is {Dropout}, expected at least 0 and less than 1");
        }

        if (Targets is [])
        {
            yield return $"there is no target, expected names of linear maps or {AllLinear}";
        }
    }
}
