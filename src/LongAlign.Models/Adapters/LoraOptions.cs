using System.Globalization;

namespace LongAlign.Models.Adapters;

/// <summary>The options of low-rank adapters (LoRA, Hu et al. 2021): W x becomes W x + scaling B A x, and only A and B are trained.</summary>
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

    /// <summary>
    /// Gets ranks of single maps, by the end of their names after a dot or by a regular expression of it (<c>v_proj</c>,
    /// <c>layers\.[01]\..*</c>); the first key that matches counts, and <see cref="Rank"/> for the others.
    /// </summary>
    /// <value>Empty by default.</value>
    public IReadOnlyDictionary<string, int> RankPattern { get; init; } = new OrderedDictionary<string, int>();

    /// <summary>Gets alphas of single maps, by keys as in <see cref="RankPattern"/>; <see cref="Alpha"/> for the others.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyDictionary<string, double> AlphaPattern { get; init; } = new OrderedDictionary<string, double>();

    /// <summary>Gets the ends of the names of modules that are trained whole and saved with the adapter, such as <c>lm_head</c> and <c>embed_tokens</c>.</summary>
    /// <value>Empty by default.</value>
    public IReadOnlyList<string> ModulesToSave { get; init; } = [];

    /// <summary>Gets the biases that are trained and saved with the adapter.</summary>
    /// <value><see cref="LoraBias.None"/> by default.</value>
    public LoraBias Bias { get; init; }

    /// <summary>
    /// Gets whether the length of each row of the changed weight is trained apart from its direction (DoRA, Liu et al. 2024); of linear maps
    /// alone. Takes a product of the size of the weight in each forward pass.
    /// </summary>
    /// <value>False by default.</value>
    public bool Dora { get; init; }

    /// <summary>Gets the seed of the first values of A: the same on every device. B begins at 0, so that the model is at first unchanged.</summary>
    /// <value>42 by default.</value>
    public ulong Seed { get; init; } = 42;

    /// <summary>The factor of B A x, of maps without a separate rank and alpha.</summary>
    public double Scaling => ScalingOf(Rank, Alpha);

    internal double ScalingOf(int rank, double alpha) => alpha / (RankStabilized ? Math.Sqrt(rank) : rank);

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

        foreach ((string key, int rank) in RankPattern)
        {
            if (rank < 1)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"the rank of '{key}' is {rank}, expected at least 1");
            }
        }

        foreach ((string key, double alpha) in AlphaPattern)
        {
            if (!double.IsFinite(alpha) || alpha <= 0)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"the alpha of '{key}' is {alpha}, expected more than 0");
            }
        }

        foreach (string fault in RankPattern.Keys.Concat(AlphaPattern.Keys).Select(ModulePatterns.FaultOf).OfType<string>())
        {
            yield return fault;
        }

        if (!Enum.IsDefined(Bias))
        {
            yield return $"{Bias} is not a LoraBias, expected {string.Join(", ", Enum.GetNames<LoraBias>())}";
        }

        if (Targets is [])
        {
            yield return $"there is no target, expected names of linear maps or {AllLinear}";
        }
    }
}
