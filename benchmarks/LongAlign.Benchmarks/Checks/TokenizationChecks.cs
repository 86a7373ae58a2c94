using System.Collections.Concurrent;
using LongAlign.Data;
using Microsoft.ML.Tokenizers;

namespace LongAlign.Benchmarks.Checks;

/// <summary>Speed of turning chats into token sequences, against one thread of the tokenizer alone.</summary>
internal static class TokenizationChecks
{
    private const int Documents = 2_000;
    private const int Turns = 40;

    public static IEnumerable<Figure> Run()
    {
        string root = FindRoot();
        string data = Path.Combine(root, "samples", "data");
        ModelTokenizer tokenizer = ModelTokenizer.Load(Path.Combine(data, "tiny-llama"));
        ChatConversation[] sample = [.. ChatDataset.Load(Path.Combine(data, "long.jsonl"), Path.Combine(data, "short.jsonl"))];
        ChatConversation[] chats = [.. Enumerable.Range(0, Documents).Select(i => sample[i % sample.Length])];
        string[] texts = [.. chats.SelectMany(chat => chat.Messages).Select(message => message.Content)];
        int threads = Environment.ProcessorCount;
        ChatDataset dataset = new(chats);
        using FileStream model = File.OpenRead(Path.Combine(data, "tiny-llama", "tokenizer.model"));
        LlamaTokenizer microsoftsTokenizer = LlamaTokenizer.Create(model, addBeginOfSentence: false, addEndOfSentence: false);

        long tokens = 0;
        double microsofts = Enumerable.Range(0, 3).Min(_ => Stopwatches.Once(() => tokens = texts.Sum(text => (long)microsoftsTokenizer.EncodeToIds(text).Count)));

        string code = string.Concat(Enumerable.Range(0, 2_000).Select(i => $"\t\tfor(int i{i}=0;i{i}<n;i{i}++){{a[i{i}]=b[i{i}]*c.Method(i{i},\"text\");}}\n"));
        long codeTokens = 0;
        long sequenceTokens = 0;
        List<double> alone = [];
        List<double> aloneOnAll = [];
        List<double> ofCode = [];
        List<double> sequences = [];
        List<long> allocated = [];
        for (int turn = 0; turn < Turns; turn++)
        {
            // In turns, so that all see the machine as it is.
            alone.Add(Stopwatches.Once(() => tokens = texts.Sum(text => (long)tokenizer.Encode(text).Count)));
            aloneOnAll.Add(Stopwatches.Once(() => tokens = Partitioner.Create(texts, loadBalance: true).AsParallel().WithDegreeOfParallelism(threads).Sum(text => (long)tokenizer.Encode(text).Count)));
            ofCode.Add(Stopwatches.Once(() => codeTokens = tokenizer.Encode(code).Count));
            long bytes = GC.GetTotalAllocatedBytes(precise: true);
            sequences.Add(Stopwatches.Once(() => sequenceTokens = dataset.TokenizeStreaming(
                tokenizer, ChatTemplate.LongAlignLlama, new TokenizationOptions()).Sum(sequence => (long)sequence.Length)));
            allocated.Add(GC.GetTotalAllocatedBytes(precise: true) - bytes);
        }

        double speedAlone = tokens / alone.Min();
        double speed = sequenceTokens / sequences.Min();
        yield return new Figure("Microsoft's tokenizer alone, one thread", tokens / microsofts / 1e6, "M tokens/s");
        yield return new Figure("the tokenizer alone, one thread", speedAlone / 1e6, "M tokens/s");
        yield return new Figure($"the tokenizer alone, {threads} threads, against one times threads", alone.Min() / aloneOnAll.Min() / threads, "x");
        yield return new Figure("code of long lines without spaces, against chats", codeTokens / ofCode.Min() / speedAlone, "x", AtLeast: 0.5);
        yield return new Figure($"chats to sequences, {threads} threads", speed / 1e6, "M tokens/s");
        yield return new Figure("the same, managed memory; 8 bytes are its id and label", (double)allocated.Min() / sequenceTokens, "bytes a token", AtMost: 12);
        yield return new Figure("the same, against Microsoft's tokenizer alone times threads", speed * microsofts / (threads * tokens), "x", AtLeast: 0.9);
        yield return new Figure("the same, against the tokenizer alone times threads", speed / (threads * speedAlone), "x", AtLeast: 0.9);

        // What threads share (memory, caches, the collector) slows the tokenizer alone too; this is what turning chats into sequences adds.
        double median = aloneOnAll.Zip(sequences, (all, one) => all / one).Order().ElementAt(Turns / 2);
        yield return new Figure("the same, against the tokenizer alone on as many threads, median of turns", median * sequenceTokens / tokens, "x", AtLeast: 0.9);

        foreach (Figure figure in HostileTextChecks.Run(root, string.Join('\n', texts.Distinct())))
        {
            yield return figure;
        }
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !Directory.Exists(Path.Combine(folder.FullName, "samples", "data")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} has samples/data.");
    }
}
