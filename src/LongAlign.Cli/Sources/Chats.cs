using LongAlign.Cli.Recipes;
using LongAlign.Data;

namespace LongAlign.Cli.Sources;

/// <summary>Conversations of a recipe.</summary>
internal static class Chats
{
    /// <summary>Draws from the sources; the caller disposes the mix.</summary>
    public static MixedChats Mix(ChatsRecipe recipe, ulong seed, int holdOut = 0)
    {
        DatasetMixer mixer = new() { Seed = seed, HoldOut = holdOut, Deduplicate = recipe.Deduplicate, Shuffle = recipe.Shuffle };
        foreach (SourceRecipe source in recipe.Sources)
        {
            ChatDataset chats = ChatDataset.Load([source.Path], Reading(recipe, source));
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
        LossOn = recipe.LossOn,
        EarlierThoughts = recipe.EarlierThoughts,
    };

    private static ChatReadingOptions Reading(ChatsRecipe recipe, SourceRecipe source)
    {
        try
        {
            return new ChatReadingOptions
            {
                BadRows = recipe.BadRows,
                Columns = Mapping(source.Columns, "columns"),
                Roles = Mapping(source.Roles, "roles"),
                Encoding = Encodings.Find(source.Encoding),
            };
        }
        catch (ArgumentException e)
        {
            throw new RecipeException($"{source.Path}: {e.Message}");
        }
    }

    private static Dictionary<string, string> Mapping(IReadOnlyList<string> entries, string option)
    {
        Dictionary<string, string> mapping = [];
        foreach (string entry in entries)
        {
            int at = entry.LastIndexOf('=');
            if (at <= 0 || at == entry.Length - 1 || !mapping.TryAdd(entry[..at].Trim(), entry[(at + 1)..].Trim()))
            {
                throw new RecipeException($"'{entry}' of '{option}' is not a mapping; expected NAME=KNOWN, with each NAME once.");
            }
        }

        return mapping;
    }
}
