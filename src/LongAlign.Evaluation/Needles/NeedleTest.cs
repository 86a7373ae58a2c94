using LongAlign.Data;
using LongAlign.Evaluation.Texts;
using LongAlign.Requests;
using Microsoft.Extensions.AI;
using ChatMessage = LongAlign.Data.ChatMessage;

namespace LongAlign.Evaluation.Needles;

/// <summary>
/// The needle in a haystack: needles between sentences, at a recorded depth, in prompts whose tokens are counted. Not thread-safe.
/// </summary>
/// <example>
/// <code>
/// NeedleTest test = new(tokenizer, ChatTemplate.LongAlignLlama, Haystack.FromFolder("books"));
/// IReadOnlyList&lt;NeedlePrompt&gt; prompts = test.CreatePrompts(new NeedleTestOptions { Lengths = NeedleSchedule.Lengths(1_000, 60_000, 10) });
/// using RequestJournal journal = RequestJournal.Open("needle.jsonl");
/// using RequestRunner runner = new(chatClient, journal);
/// Console.WriteLine(await NeedleTest.RunAsync(prompts, runner, new SamplingOptions { Model = "tuned", MaxOutputTokens = 32 }));
/// </code>
/// </example>
/// <param name="tokenizer">The tokenizer of the model under test.</param>
/// <param name="template">Its chat template.</param>
/// <param name="haystack">The text.</param>
public sealed class NeedleTest(ModelTokenizer tokenizer, ChatTemplate template, Haystack haystack)
{
    /// <summary>Makes the prompts of a grid: lengths, in each depths, in each trials.</summary>
    /// <param name="options">The grid.</param>
    /// <returns>The prompts; the same ones for the same options.</returns>
    /// <exception cref="ArgumentException">A length has no room for the question and a text; or an option is out of range.</exception>
    /// <exception cref="InvalidDataException">The haystack has a needle's answer already.</exception>
    public IReadOnlyList<NeedlePrompt> CreatePrompts(NeedleTestOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Trials, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.NeedlesPerPrompt, 1, nameof(options));
        if (options.Lengths.Count == 0 || options.Depths.Count == 0 || options.Depths.Any(depth => depth is not (>= 0 and <= 100)))
        {
            throw new ArgumentException("Expected at least one length and one depth, and depths from 0 to 100.", nameof(options));
        }

        string text = haystack.Repeat(options.Lengths.Max(), countTokens: part => tokenizer.CountTokens(part));
        List<NeedlePrompt> prompts = [];
        foreach (int length in options.Lengths)
        {
            (string Text, IReadOnlyList<int> Ids)[] parts = [.. Enumerable.Range(0, options.Trials).Select(trial => PartOf(text, options.Seed, length, trial))
                .Select(part => (part, tokenizer.Encode(part)))];
            prompts.AddRange(options.Depths.SelectMany(_ => parts.Index(), (depth, part) => Create(options, part.Item.Text, part.Item.Ids, length, depth, part.Index)));
        }

        return prompts;
    }

    /// <summary>Asks a model, and scores its replies by <see cref="Needle.Score(string)"/>.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <param name="runner">The runner of requests: journal, concurrency, budget.</param>
    /// <param name="sampling">The options of the model's replies.</param>
    /// <param name="cancellationToken">Stops the run; the journal keeps what there is.</param>
    /// <returns>The map; a prompt without a reply is in it as missing, with the reason, and so is one whose reply was cut off before the model said anything.</returns>
    /// <exception cref="ArgumentException">A prompt is of a file of results, without its text.</exception>
    /// <exception cref="RequestRunException">The run can't go on, or there was not one reply.</exception>
    public static async Task<NeedleMap> RunAsync(
        IReadOnlyList<NeedlePrompt> prompts, RequestRunner runner, SamplingOptions sampling, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(runner);
        if (prompts.FirstOrDefault(prompt => LeftOutText.IsOne(prompt.Text)) is { } loaded)
        {
            throw new ArgumentException($"The text of prompt {loaded.Id} is left out in the file of results that it is of: make the prompts again.", nameof(prompts));
        }

        List<NeedleResult> results = [];
        await foreach (NeedleResult result in runner.RunAsync(prompts, AskAsync, cancellationToken).ConfigureAwait(false))
        {
            results.Add(result);
        }

        return new NeedleMap(results);

        async Task<NeedleResult> AskAsync(NeedlePrompt prompt, CancellationToken token)
        {
            RequestOutcome outcome = await runner.SendAsync(RequestOf(prompt, sampling), token).ConfigureAwait(false);
            return outcome.Reply is { } reply ? NeedleResult.Of(prompt, reply.Text, reply.FinishReason, reply.Model)
                : new NeedleResult { Prompt = prompt, MissingReason = outcome.Failure!.Message };
        }
    }

    /// <summary>Reckons what <see cref="RunAsync"/> would cost at worst; makes no call.</summary>
    /// <inheritdoc cref="RunAsync" path="/param[@name!='cancellation']"/>
    /// <returns>Requests, tokens and price of what the journal does not have.</returns>
    public static CostEstimate DryRun(IReadOnlyList<NeedlePrompt> prompts, RequestRunner runner, SamplingOptions sampling)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(runner);
        ArgumentNullException.ThrowIfNull(sampling);
        return runner.Estimate(prompts.Select(prompt => RequestOf(prompt, sampling)));
    }

    private static ModelRequest RequestOf(NeedlePrompt prompt, SamplingOptions sampling)
        => new() { ItemId = prompt.Id, Stage = "needle", Messages = [new Microsoft.Extensions.AI.ChatMessage(ChatRole.User, prompt.Text)], Sampling = sampling };

    private NeedlePrompt Create(NeedleTestOptions options, string part, IReadOnlyList<int> ids, int length, double depth, int trial)
    {
        string id = NeedlePrompt.NameOf(length, depth, trial);
        IReadOnlyList<Needle> needles = Needle.Draw(options.Seed, id, options.NeedlesPerPrompt, options.Language);
        if (needles.FirstOrDefault(needle => part.Contains(needle.Answer, StringComparison.Ordinal)) is { } known)
        {
            throw new InvalidDataException($"The haystack contains '{known.Answer}', the answer of cell {id}; take another seed.");
        }

        double[] depths = [.. needles.Select((_, i) => depth + (i * (100 - depth) / needles.Count))];

        // Tokens merge or split where texts meet, so the prompt is counted, and the text cut until it fits.
        int count = Math.Min(ids.Count, length - CountPrompt(Ask(needles, string.Join(' ', needles.Select(needle => needle.Text)))));
        while (count >= 1)
        {
            string hay = part[..TokenCut.PrefixLength(tokenizer, part, ids, count)];
            int[] places = [.. depths.Select(d => d is 0 or 100 ? (int)(hay.Length * d / 100) : SentenceEnds.Nearest(hay, (int)(hay.Length * d / 100)))];
            string text = Ask(needles, Insert(hay, places, needles));
            int tokens = CountPrompt(text);
            if (tokens <= length)
            {
                double[] before = [.. places.Select(at => at == 0 ? 0 : 100.0 * tokenizer.CountTokens(hay[..at]) / tokenizer.CountTokens(hay))];
                return new NeedlePrompt
                {
                    Length = length,
                    Depth = depth,
                    Trial = trial,
                    Needle = needles[0],
                    Text = text,
                    TokenCount = tokens,
                    ActualDepth = before[0],
                    Others = [.. needles.Select((needle, i) => new PlacedNeedle(needle, depths[i], before[i])).Skip(1)],
                };
            }

            count -= tokens - length;
        }

        throw new ArgumentException($"A length of {length} tokens has no room for a text beside needle, question and template.", nameof(options));
    }

    /// <summary>The text from its beginning or, in further trials, from a sentence drawn, and around.</summary>
    private static string PartOf(string text, long seed, int length, int trial)
    {
        if (trial == 0)
        {
            return text;
        }

        int at = SentenceEnds.Nearest(text, new ItemRandom(seed, NeedlePrompt.NameOf(length, 0, trial), "haystack").Next(text.Length));
        return string.Concat(text.AsSpan(at), "\n\n", text.AsSpan(0, at)).TrimStart();
    }

    private static string Insert(string hay, IReadOnlyList<int> places, IReadOnlyList<Needle> needles)
    {
        // From the back, so that places stay where they are.
        foreach ((int at, Needle needle) in places.Zip(needles).Reverse())
        {
            string gap = needle.Language == NeedleLanguage.Chinese ? "" : " ";
            hay = at == 0 ? needle.Text + gap + hay : hay.Insert(at, gap + needle.Text + (at < hay.Length && !char.IsWhiteSpace(hay[at]) ? gap : ""));
        }

        return hay;
    }

    private static string Ask(IReadOnlyList<Needle> needles, string context)
    {
        string questions = NeedlePrompt.QuestionOf(needles);
        bool isOne = needles.Count == 1;
        return needles[0].Language == NeedleLanguage.Chinese
            ? $"{context}\n\n请根据上文回答{(isOne ? "：" : "下列问题，每题一行：\n")}{questions}"
            : $"{context}\n\nAnswer {(isOne ? "from the text above: " : "each from the text above, on a line of its own:\n")}{questions}";
    }

    private int CountPrompt(string text) => template.EncodePrompt(tokenizer, new ChatMessage("user", text)).Length;
}
