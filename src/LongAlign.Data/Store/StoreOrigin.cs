namespace LongAlign.Data.Store;

/// <summary>The tokenizer and chat template that made a token store: only a model of that tokenizer can use its ids.</summary>
public sealed record StoreOrigin
{
    /// <summary>Gets the name of the tokenizer's folder.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>Gets A hash of what the tokenizer does: its vocabulary, special tokens and the ids of a text, not the bytes of its files.</summary>
    public required string TokenizerHash { get; init; }

    /// <summary>Gets the template's name.</summary>
    public required string Template { get; init; }

    /// <summary>Gets a hash of the template: of its text, or of its name where it is a built-in one.</summary>
    public required string TemplateHash { get; init; }

    /// <summary>Names tokenizer and template.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="template">The template.</param>
    /// <returns>The origin to write into the store.</returns>
    public static StoreOrigin Of(ModelTokenizer tokenizer, ChatTemplate template)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(template);
        return new StoreOrigin { Tokenizer = NameOf(tokenizer), TokenizerHash = Data.TokenizerHash.Of(tokenizer), Template = template.Name, TemplateHash = Data.TokenizerHash.Of(template is JinjaChatTemplate jinja ? jinja.Text : template.Name) };
    }

    /// <summary>Checks that a model has the tokenizer that the store was made with.</summary>
    /// <param name="folder">The store's folder, for the message.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="TokenStoreException">It has another; the message names both.</exception>
    internal void Check(string folder, ModelTokenizer tokenizer)
    {
        string hash = Data.TokenizerHash.Of(tokenizer);
        if (hash != TokenizerHash)
        {
            throw new TokenStoreException(
                $"{folder} was made with the tokenizer {Tokenizer} ({TokenizerHash}) and the template {Template}; the model's tokenizer is {NameOf(tokenizer)} ({hash}), to which these ids mean other text. Tokenize the chats again with the model's own.");
        }
    }

    private static string NameOf(ModelTokenizer tokenizer)
        => tokenizer.Folder is { } folder ? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))) : "without a folder";
}
