using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LongAlign.Cli.Recipes;

/// <summary>The recipe of <c>longalign tokenize</c>.</summary>
internal sealed record TokenizeRecipe
{
    [Description("The folder with the model's tokenizer; its config.json decides the chat template where none is named.")]
    [RecipePath]
    public required string Tokenizer { get; init; }

    [Description("The conversations, and how they become tokens.")]
    public required ChatsRecipe Chats { get; init; }

    [Description("The folder of the token store.")]
    [RecipePath]
    public required string Out { get; init; }

    [Description("Tokens at which a file of the store is full, 8 bytes each.")]
    [Range(1, 1 << 27)]
    public int ShardTokens { get; init; } = 1 << 25;

    [Description("The seed of draws and order.")]
    public ulong Seed { get; init; } = 42;
}
