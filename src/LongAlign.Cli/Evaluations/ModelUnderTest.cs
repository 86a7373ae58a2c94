using LongAlign.Cli.Recipes;
using LongAlign.Cli.Sources;
using LongAlign.Data;
using LongAlign.Evaluation.Runs;
using LongAlign.Requests;
using Microsoft.Extensions.AI;

namespace LongAlign.Cli.Evaluations;

/// <summary>The model that an evaluation asks: one of a folder, in this process, or one behind an endpoint.</summary>
internal sealed class ModelUnderTest : IDisposable
{
    private readonly LocalModel? _model;
    private readonly string? _trainedFolder;

    private ModelUnderTest(IChatClient client, LocalModel? model, string? trainedFolder, ModelTokenizer tokenizer, ChatTemplate template, SamplingOptions sampling, RequestRunnerOptions requests, EvaluationManifest manifest)
    {
        Client = client;
        _model = model;
        _trainedFolder = trainedFolder;
        Tokenizer = tokenizer;
        Template = template;
        Sampling = sampling;
        Requests = requests;
        Manifest = manifest;
    }

    public IChatClient Client { get; }

    /// <summary>The tokenizer that measures prompts.</summary>
    public ModelTokenizer Tokenizer { get; }

    public ChatTemplate Template { get; }

    public SamplingOptions Sampling { get; }

    public RequestRunnerOptions Requests { get; }

    /// <summary>The model's part of the manifest of results: the hashes of its files.</summary>
    public EvaluationManifest Manifest { get; }

    public string Name => Sampling.Model;

    /// <exception cref="RecipeException">The recipe has a model and an endpoint, or neither, or no tokenizer for an endpoint.</exception>
    public static ModelUnderTest Open(EvaluateRecipe recipe) => recipe switch
    {
        { Model: { } model, Endpoint: null } => OpenLocal(model),
        { Endpoint: not null, Model: null, Tokenizer: null } => throw new RecipeException("An endpoint needs a 'tokenizer', which measures prompts."),
        { Endpoint: { } endpoint, Model: null, Tokenizer: { } tokenizer } => OpenEndpoint(endpoint, tokenizer),
        _ => throw new RecipeException($"The recipe has {(recipe.Model is null ? "neither a model nor an endpoint" : "a model and an endpoint")}; expected one of them."),
    };

    /// <summary>Compares a prompt with that of the template that the model was trained with.</summary>
    public TemplateCheck CheckTemplate(string prompt) => _trainedFolder is null ? TemplateCheck.OfEndpoint() : TemplateCheck.Of(Template, Tokenizer, _trainedFolder, prompt);

    public void Dispose()
    {
        Client.Dispose();
        _model?.Dispose();
    }

    private static ModelUnderTest OpenLocal(LocalModelRecipe recipe)
    {
        LocalModel local = LocalModel.Load(recipe);
        EvaluationManifest manifest = EvaluationManifest.Create().WithFolder("model", recipe.Folder);
        if (recipe.Adapter is { } adapter)
        {
            manifest = manifest.WithFolder("adapter", adapter);
        }

        SamplingOptions sampling = new() { Model = local.Name, MaxOutputTokens = recipe.MaxOutputTokens, Temperature = (float)recipe.Temperature };
        return new ModelUnderTest(local.Connect(), local, local.TrainedFolder, local.Tokenizer, local.Template, sampling, new RequestRunnerOptions { MaxConcurrency = 1, AttemptTimeout = TimeSpan.FromDays(1) }, manifest);
    }

    private static ModelUnderTest OpenEndpoint(EndpointRecipe endpoint, string tokenizer)
        => new(Endpoints.Connect(endpoint), model: null, trainedFolder: null, ModelTokenizer.Load(tokenizer), Templates.Find(null, tokenizer), Endpoints.Sampling(endpoint), Endpoints.Requests(endpoint),
            EvaluationManifest.Create().WithFolder("tokenizer", tokenizer));
}
