namespace LongAlign.Requests;

/// <summary>Computes the cost of requests, by the prices and the count of tokens of a run's options.</summary>
internal sealed class RequestPrices(RequestRunnerOptions options)
{
    /// <exception cref="ArgumentException">There is a budget and the model has no price.</exception>
    public decimal CostOf(string model, RequestUsage usage)
        => options.Prices.TryGetValue(model, out TokenPrice? price) ? price.CostOf(usage)
            : options.Budget is null ? 0
            : throw new ArgumentException($"There is a budget and the model '{model}' has no price; there are prices of {string.Join(", ", options.Prices.Keys)}.");

    /// <summary>The most that a call may use; a few tokens a message are for the provider's chat template.</summary>
    public RequestUsage WorstCase(ModelRequest request)
        => new() { InputTokens = 16 + request.Messages.Sum(message => 8L + options.CountTokens(message.Text)), OutputTokens = request.Sampling.MaxOutputTokens };
}
