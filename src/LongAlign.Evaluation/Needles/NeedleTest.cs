using LongAlign.Data;
using LongAlign.Data.Requests;
using LongAlign.Evaluation.Texts;
using Microsoft.ML.Tokenizers;

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
    private readonly Tokenizer _text = tokenizer.Tokenizer;

    /// <summary>Makes the prompts of a grid: lengths, in each depths, in each trials.</summary>
    /// <param name="options">The grid.</param>
    /// <returns>The prompts; the same ones for the same options.</returns>
    /// <exception cref="ArgumentException">A length has no room for the question and a text; or an option is out of range.</exception>
    /// <exception cref="InvalidDataException">The haystack has a needle's answer already.</exception>
    public IReadOnlyList<NeedlePrompt> CreatePrompts(NeedleTestOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Trials, 1, nameof(options));
        if (options.Lengths.Count == 0 || options.Depths.Count == 0 || options.Depths.Any(depth => depth is not (>= 0 and <= 100)))
        {
            throw new ArgumentException("Expected at least one length and one depth, and depths from 0 to 100.", nameof(options));
        }

        string text = haystack.Repeat(options.Lengths.Max(), countTokens: part => _text.CountTokens(part));
        List<NeedlePrompt> prompts = [];
        foreach (int length in options.Lengths)
        {
            for (int trial = 0; trial < options.Trials; trial++)
            {
                string part = PartOf(text, options.Seed, length, trial);
                IReadOnlyList<int> ids = _text.EncodeToIds(part);
                prompts.AddRange(options.Depths.Select(depth => Create(options, part, ids, length, depth, trial)));
            }
        }

        return [.. prompts.OrderBy(prompt => options.Lengths.Index().First(item => item.Item == prompt.Length).Index)
            .ThenBy(prompt => options.Depths.Index().First(item => item.Item == prompt.Depth).Index).ThenBy(prompt => prompt.Trial)];
    }

    /// <summary>Asks a model, and scores by exact match.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <param name="runner">Who asks: journal, concurrency, budget.</param>
    /// <param name="sampling">How the model is to answer.</param>
    /// <param name="cancellation">Stops the run; the journal keeps what there is.</param>
    /// <returns>The map; a prompt without a reply is in it as missing, with the reason.</returns>
    /// <exception cref="RequestRunException">The run can't go on, or there was not one reply.</exception>
    public static async Task<NeedleMap> RunAsync(
        IReadOnlyList<NeedlePrompt> prompts, RequestRunner runner, SamplingOptions sampling, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(runner);
        List<NeedleResult> results = [];
        await foreach (NeedleResult result in runner.RunAsync(prompts, AskAsync, cancellation).ConfigureAwait(false))
        {
            results.Add(result);
        }

        return new NeedleMap(results);

        async Task<NeedleResult> AskAsync(NeedlePrompt prompt, CancellationToken token)
        {
            ModelRequest request = new() { ItemId = prompt.Id, Stage = "needle", Messages = [new ChatMessage("user", prompt.Text)], Sampling = sampling };
            RequestOutcome outcome = await runner.SendAsync(request, token).ConfigureAwait(false);
            return outcome.Reply is { } reply
                ? new NeedleResult(prompt, reply.Text, prompt.Needle.Score(reply.Text), MissingReason: null)
                : new NeedleResult(prompt, Reply: null, Score: null, outcome.Failure!.Message);
        }
    }

    private NeedlePrompt Create(NeedleTestOptions options, string part, IReadOnlyList<int> ids, int length, double depth, int trial)
    {
        string id = NeedlePrompt.NameOf(length, depth, trial);
        Needle needle = Needle.Draw(options.Seed, id, options.Language);
        if (part.Contains(needle.Answer, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"The haystack contains '{needle.Answer}', the answer of cell {id}; take another seed.");
        }

        // Tokens merge or split where texts meet, so the prompt is counted, and the text cut until it fits.
        int count = Math.Min(ids.Count, length - CountPrompt(Question(needle, needle.Text)));
        while (count >= 1)
        {
            string hay = part[..TokenCut.PrefixLength(_text, part, ids, count)];
            int at = depth is 0 or 100 ? (int)(hay.Length * depth / 100) : SentenceEnds.Nearest(hay, (int)(hay.Length * depth / 100));
            string text = Question(needle, Insert(hay, at, needle));
            int tokens = CountPrompt(text);
            if (tokens <= length)
            {
                double before = at == 0 ? 0 : 100.0 * _text.CountTokens(hay[..at]) / _text.CountTokens(hay);
                return new NeedlePrompt(length, depth, trial, needle, text, tokens, before);
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

    private static string Insert(string hay, int at, Needle needle)
    {
        string gap = needle.Language == NeedleLanguage.Chinese ? "" : " ";
        return at == 0 ? needle.Text + gap + hay : hay.Insert(at, gap + needle.Text + (at < hay.Length && !char.IsWhiteSpace(hay[at]) ? gap : ""));
    }

    private static string Question(Needle needle, string context) => needle.Language == NeedleLanguage.Chinese
        ? $"{context}\n\n请根据上文回答：{needle.Question}"
        : $"{context}\n\nAnswer from the text above: {needle.Question}";

    private int CountPrompt(string text) => template.EncodePrompt(tokenizer, new ChatMessage("user", text)).Length;
}
