using System.ClientModel;
using System.ClientModel.Primitives;
using LongAlign.Cli.Recipes;
using LongAlign.Requests;
using Microsoft.Extensions.AI;
using OpenAI;

namespace LongAlign.Cli.Sources;

/// <summary>Models behind endpoints.</summary>
internal static class Endpoints
{
    /// <summary>A shorter key is "any text" of an endpoint that needs none: taken out of messages it would leave holes.</summary>
    private const int ShortestSecret = 8;

    /// <summary>Connects to an endpoint; nothing is sent yet. The caller disposes the client.</summary>
    /// <exception cref="RecipeException">The address is none, or there is no API key.</exception>
    public static IChatClient Connect(EndpointRecipe recipe)
    {
        if (!Uri.TryCreate(recipe.Url, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
        {
            throw new RecipeException($"The endpoint's url is '{recipe.Url}'; expected an address such as http://localhost:8000/v1.");
        }

        // The client's own retries are off: the runner is to see when the provider is overloaded, and to count every call.
        OpenAIClient provider = new(new ApiKeyCredential(KeyOf(recipe)), new OpenAIClientOptions
        {
            Endpoint = address,
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
        });
        return new EndpointChatClient(provider.GetChatClient(recipe.Model).AsIChatClient(), address);
    }

    public static SamplingOptions Sampling(EndpointRecipe recipe)
        => new() { Model = recipe.Model, MaxOutputTokens = recipe.MaxOutputTokens, Temperature = (float?)recipe.Temperature };

    public static RequestRunnerOptions Requests(EndpointRecipe recipe) => new()
    {
        MaxConcurrency = recipe.Concurrency,
        Prices = recipe is { PriceIn: { } input, PriceOut: { } output }
            ? new Dictionary<string, TokenPrice> { [recipe.Model] = new((decimal)input, (decimal)output) }
            : recipe is { PriceIn: null, PriceOut: null, Budget: null } ? new Dictionary<string, TokenPrice>()
            : throw new RecipeException("The endpoint has a price or a budget; expected price-in and price-out, both."),
        Budget = (decimal?)recipe.Budget,
        Secrets = KeyOf(recipe) is { Length: >= ShortestSecret } key ? [key] : [],
        Classify = EndpointChatClient.Classify,
    };

    private static string KeyOf(EndpointRecipe recipe)
        => Environment.GetEnvironmentVariable(recipe.KeyVariable) is { Length: > 0 } key
            ? key
            : throw new RecipeException($"The environment variable {recipe.KeyVariable} has no API key. Where the endpoint needs none, set it to any text.");
}
