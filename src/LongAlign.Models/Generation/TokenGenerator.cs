using System.Runtime.CompilerServices;

namespace LongAlign.Models.Generation;

/// <summary>Continues prompts with a key/value cache: token ids in, token ids out.</summary>
/// <example>
/// <code>
/// TokenGenerator generator = new(model);
/// GenerationOptions options = new() { MaxNewTokens = 512, Temperature = 0.7, TopP = 0.9, Seed = 1 };
/// await foreach (GeneratedToken token in generator.StreamAsync([promptIds], options, cancellationToken))
/// {
///     Console.Write($"{token.TokenId} ");
/// }
/// </code>
/// </example>
/// <remarks>
/// Prompts of any lengths are read in packs, without padding; then one pass makes one token of every unfinished sequence. A sequence's
/// tokens are those that it would get alone, up to rounding. The generator does not own the model, and a model makes one generation at a
/// time: nothing here is thread-safe. Training between two generations is fine, training during one is not.
/// </remarks>
/// <param name="model">The model.</param>
public sealed class TokenGenerator(CausalLanguageModel model)
{
    /// <summary>Continues prompts, on the thread of the caller.</summary>
    /// <param name="prompts">Token ids, each prompt at least one, of the tokenizer with its template and its beginning.</param>
    /// <param name="options">The options of choosing tokens; greedily by default.</param>
    /// <param name="cancellationToken">Looked at between tokens.</param>
    /// <returns>A sequence for each prompt, in the order of the prompts.</returns>
    /// <exception cref="ArgumentException">There is an option, a prompt or a token id that can't be used; the message says which.</exception>
    /// <exception cref="InvalidOperationException">The model's logits are not finite.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IReadOnlyList<GeneratedSequence> Generate(
        IReadOnlyList<IReadOnlyList<int>> prompts, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new GenerationOptions();
        ThrowIfBad(prompts, options);
        using GenerationRun run = new(model, prompts, options);
        List<int>[] tokens = [.. prompts.Select(_ => new List<int>())];
        FinishReason[] reasons = new FinishReason[tokens.Length];
        while (!run.IsDone)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (GeneratedToken token in run.Step())
            {
                reasons[token.Prompt] = token.FinishReason ?? default;
                if (token.FinishReason != FinishReason.Stop)
                {
                    tokens[token.Prompt].Add(token.TokenId);
                }
            }
        }

        return [.. tokens.Select((ids, i) => new GeneratedSequence(prompts[i].Count, ids, reasons[i]))];
    }

    /// <summary>Continues prompts, on a thread of the pool.</summary>
    /// <inheritdoc cref="Generate"/>
    public Task<IReadOnlyList<GeneratedSequence>> GenerateAsync(
        IReadOnlyList<IReadOnlyList<int>> prompts, GenerationOptions? options = null, CancellationToken cancellationToken = default)
        => Task.Run(() => Generate(prompts, options, cancellationToken), cancellationToken);

    /// <summary>Continues prompts and gives each token as soon as it is there; every pass is on a thread of the pool.</summary>
    /// <param name="prompts">As for <see cref="Generate"/>.</param>
    /// <param name="options">As for <see cref="Generate"/>.</param>
    /// <param name="cancellationToken">Looked at between tokens.</param>
    /// <returns>Tokens of all prompts as they come, each sequence's in order; its last has a reason. Leave early, and the cache goes.</returns>
    /// <inheritdoc cref="Generate" path="/exception"/>
    public IAsyncEnumerable<GeneratedToken> StreamAsync(
        IReadOnlyList<IReadOnlyList<int>> prompts, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new GenerationOptions();
        ThrowIfBad(prompts, options); // here, so that an argument is refused at once
        return Stream(prompts, options, cancellationToken);
    }

    private async IAsyncEnumerable<GeneratedToken> Stream(
        IReadOnlyList<IReadOnlyList<int>> prompts, GenerationOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using GenerationRun run = new(model, prompts, options);
        while (!run.IsDone)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (GeneratedToken token in await Task.Run(run.Step, cancellationToken).ConfigureAwait(false))
            {
                yield return token;
            }
        }
    }

    private void ThrowIfBad(IReadOnlyList<IReadOnlyList<int>> prompts, GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        options.ThrowIfInvalid(nameof(options));
        for (int i = 0; i < prompts.Count; i++)
        {
            if (prompts[i].Count == 0 || prompts[i].Count > model.MaxPositions)
            {
                throw new ArgumentException($"Prompt {i} has {prompts[i].Count} tokens; expected 1 to {model.MaxPositions}, the model's positions.", nameof(prompts));
            }

            if (prompts[i].FirstOrDefault(id => (uint)id >= (uint)model.VocabularySize) is var id && (uint)id >= (uint)model.VocabularySize)
            {
                throw new ArgumentException($"Prompt {i} has token {id}; the model's vocabulary is {model.VocabularySize}.", nameof(prompts));
            }
        }
    }
}
