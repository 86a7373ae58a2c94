namespace LongAlign.Models.Adapters;

/// <summary>Rank and scaling of each part's update, by the patterns of the options.</summary>
internal sealed class UpdateSizes(LoraOptions options)
{
    private readonly ModulePatterns<int> _ranks = new(options.RankPattern);
    private readonly ModulePatterns<double> _alphas = new(options.AlphaPattern);

    public (int Rank, double Scaling) Of(string name)
    {
        int rank = _ranks.Find(name) ?? options.Rank;
        return (rank, options.ScalingOf(rank, _alphas.Find(name) ?? options.Alpha));
    }
}
