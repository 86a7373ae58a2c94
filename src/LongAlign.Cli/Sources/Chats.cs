using LongAlign.Cli.Recipes;
using LongAlign.Data;

namespace LongAlign.Cli.Sources;

/// <summary>Conversations of a recipe.</summary>
internal static class Chats
{
    /// <summary>Draws from the sources; the caller disposes the mix.</summary>
    public static MixedChats Mix(ChatsRecipe recipe, ulong seed, int holdOut = 0)
    {
        ChatReadingOptions reading = new() { BadRows = recipe.BadRows };
        DatasetMixer mixer = new() { Seed = seed, HoldOut = holdOut, Deduplicate = recipe.Deduplicate, Shuffle = recipe.Shuffle };
        foreach (SourceRecipe source in recipe.Sources)
        {
            ChatDataset chats = ChatDataset.Load([source.Path], reading);
            _ = source switch
            {
                { Count: not null, Weight: not null } => throw new RecipeException($"{source.Path} has a count and a weight; expected at most one of them."),
                { Count: { } count } => mixer.Add(chats, count),
                { Weight: { } weight } => mixer.AddByWeight(chats, weight),
                _ => mixer.Add(chats),
            };
        }

        return mixer.Mix();
    }

    public static TokenizationOptions Tokenization(ChatsRecipe recipe, int? maxLength = null) => new()
    {
        MaxLength = recipe.MaxLength ?? maxLength ?? int.MaxValue,
        Overlong = recipe.Overlong,
        SkipInvalid = recipe.BadRows == BadRowPolicy.Skip,
    };
}
