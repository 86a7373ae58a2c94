using LongAlign.Chat;
using LongAlign.Cli.Recipes;
using LongAlign.Data;
using LongAlign.Models;
using LongAlign.Models.Adapters;
using LongAlign.Models.Generation;
using LongAlign.Native;

namespace LongAlign.Cli.Sources;

/// <summary>A model of a folder that answers in this process, with its tokenizer and the template that it learned.</summary>
internal sealed record LocalModel(CausalLanguageModel Model, ModelTokenizer Tokenizer, ChatTemplate Template, string TrainedFolder, string Name) : IDisposable
{
    /// <summary>The names of the folders that 'longalign train' saves in a run's folder.</summary>
    private static readonly string[] SavedFolders = ["model", "adapter"];

    public static LocalModel Load(LocalModelRecipe recipe)
    {
        TorchRuntime.EnsureAvailable();
        ModelTokenizer tokenizer = ModelTokenizer.Load(recipe.Folder);
        string trainedFolder = recipe.Adapter is { } trained && ChatTemplate.Exists(trained) ? trained : recipe.Folder; // an adapter has the template that it learned
        ChatTemplate template = Templates.Find(recipe.Template, trainedFolder);
        CausalLanguageModel model = LocalModels.Load(new ModelRecipe { Folder = recipe.Folder, Dtype = recipe.Dtype, Device = recipe.Device }, seed: 0, localRank: 0);
        try
        {
            if (recipe.Adapter is { } adapter)
            {
                model.LoadLora(adapter);
            }
        }
        catch
        {
            model.Dispose();
            throw;
        }

        return new LocalModel(model, tokenizer, template, trainedFolder, NameOf(recipe.Adapter ?? recipe.Folder));
    }

    /// <summary>The client is the caller's; the model outlives it.</summary>
    public LocalChatClient Connect(GenerationOptions? defaults = null) => new(Model, Tokenizer, Template, Name, defaults);

    /// <summary>The folder's name, or the run's where the folder is one that a run saved.</summary>
    public static string NameOf(string folder)
    {
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        string name = Path.GetFileName(path);
        return SavedFolders.Contains(name) && Path.GetFileName(Path.GetDirectoryName(path)) is { Length: > 0 } run ? run : name;
    }

    public void Dispose() => Model.Dispose();
}
