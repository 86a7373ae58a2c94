using System.Globalization;
using LongAlign.Cli.Recipes;
using LongAlign.Cli.Sources;
using LongAlign.Data;
using LongAlign.Data.Store;
using LongAlign.Sequences;

namespace LongAlign.Cli.Training;

/// <summary>The sequences of a training recipe.</summary>
internal sealed class TrainingData : IDisposable
{
    private readonly IDisposable _source;

    private TrainingData(IDisposable source, ISequenceDataset training, ISequenceDataset? heldOut)
    {
        _source = source;
        Training = training;
        HeldOut = heldOut;
    }

    public ISequenceDataset Training { get; }

    /// <summary>The held-out sequences, for evaluation only; null for none.</summary>
    public ISequenceDataset? HeldOut { get; }

    /// <summary>The report on the rows of chats; null for a store.</summary>
    public DataReport? Report => (Training as TokenizedDataset)?.Report;

    /// <summary>The report on the held-out rows, from after they were mixed.</summary>
    public DataReport? HeldOutReport => (HeldOut as TokenizedDataset)?.Report is { } report ? report with { Stage = $"{report.Stage} of held-out rows", Before = [] } : null;

    public string Description => string.Create(CultureInfo.InvariantCulture, $"{Training.Count:N0} sequences, {Sum(Training.Lengths):N0} tokens, {HeldOut?.Count ?? 0:N0} held out");

    /// <exception cref="RecipeException">The recipe has chats and a store, or neither.</exception>
    public static void Check(TrainRecipe recipe)
    {
        if ((recipe.Chats is null) == (recipe.Store is null))
        {
            throw new RecipeException($"The recipe has {(recipe.Chats is null ? "neither chats nor a store" : "chats and a store")}; expected one of them.");
        }
    }

    public static TrainingData Open(TrainRecipe recipe, int positions)
    {
        int heldOut = recipe.Evaluation.HoldOut;
        if (recipe.Chats is { } options)
        {
            ModelTokenizer tokenizer = ModelTokenizer.Load(recipe.Model.Folder);
            ChatTemplate template = Templates.Find(options.Template, recipe.Model.Folder);
            MixedChats chats = Chats.Mix(options, recipe.Seed, heldOut);
            TokenizationOptions tokenization = Chats.Tokenization(options, positions);
            return new TrainingData(
                chats, chats.Training.Tokenize(tokenizer, template, tokenization), heldOut > 0 ? chats.HeldOut.Tokenize(tokenizer, template, tokenization) : null);
        }

        TokenStore store = OpenStore(recipe);
        if (heldOut == 0)
        {
            return new TrainingData(store, store, heldOut: null);
        }

        HeldOutSplit split = store.HoldOut(heldOut, recipe.Seed);
        return new TrainingData(store, split.Training, split.HeldOut);
    }

    /// <summary>A store whose ids are the model's. A model without a tokenizer can't be asked.</summary>
    private static TokenStore OpenStore(TrainRecipe recipe)
    {
        TokenStore store = TokenStore.Open(recipe.Store!);
        try
        {
            if (store.Origin is not null)
            {
                store.CheckTokenizer(ModelTokenizer.Load(recipe.Model.Folder));
            }
        }
        catch (FileNotFoundException)
        {
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }

        return store;
    }

    public void Dispose() => _source.Dispose();

    private static long Sum(ReadOnlySpan<int> numbers)
    {
        long sum = 0;
        foreach (int number in numbers)
        {
            sum += number;
        }

        return sum;
    }
}
