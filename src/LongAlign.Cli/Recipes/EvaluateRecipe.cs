using System.ComponentModel;

namespace LongAlign.Cli.Recipes;

/// <summary>The recipe of <c>longalign evaluate</c>.</summary>
internal sealed record EvaluateRecipe
{
    [Description("The model under test, in this process; or give an endpoint.")]
    public LocalModelRecipe? Model { get; init; }

    [Description("The model under test, behind an endpoint; or give a model.")]
    public EndpointRecipe? Endpoint { get; init; }

    [Description("The folder of the tokenizer that measures prompts, for a model behind an endpoint.")]
    [RecipePath]
    public string? Tokenizer { get; init; }

    [Description("The needle in a haystack.")]
    public NeedleRecipe? Needle { get; init; }

    [Description("LongBench-Chat: answers over long documents, scored by a judge.")]
    public LongBenchChatRecipe? LongBenchChat { get; init; }

    [Description("The folder for results and journals.")]
    [RecipePath]
    public required string Out { get; init; }

    [Description("The seed of needles and orders.")]
    public long Seed { get; init; }
}
