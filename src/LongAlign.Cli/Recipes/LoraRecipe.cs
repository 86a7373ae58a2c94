using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LongAlign.Models.Adapters;

namespace LongAlign.Cli.Recipes;

/// <summary>Low-rank adapters.</summary>
internal sealed record LoraRecipe
{
    [Description("The rank of the adapters; the whole model is trained unless set.")]
    [Range(1, int.MaxValue)]
    public int? Rank { get; init; }

    [Description("The strength: updates are scaled by alpha / rank; twice the rank unless set.")]
    [Range(0.0, double.MaxValue, MinimumIsExclusive = true)]
    public double? Alpha { get; init; }

    [Description("The linear maps that are adapted, such as q_proj.")]
    public IReadOnlyList<string> Targets { get; init; } = [LoraOptions.AllLinear];

    [Description("The share of an adapter's input that is dropped in training.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Dropout { get; init; }
}
