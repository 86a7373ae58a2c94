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
        string data = FindSampleData();
        ModelTokenizer tokenizer = ModelTokenizer.Load(Path.Combine(data, "tiny-llama"));
        ChatConversation[] sample = [.. ChatDataset.Load(Path.Combine(data, "long.jsonl"), Path.Combine(data, "short.jsonl"))];
        ChatConversation[] chats = [.. Enumerable.Range(0, Documents).Select(i => sample[i % sample.Length])];
        string[] texts = [.. chats.SelectMany(chat => chat.Messages).Select(message => message.Content)];
        int threads = Environment.ProcessorCount;
        ChatDataset dataset = new(chats);
        using FileStream model = File.OpenRead(Path.Combine(data, "tiny-llama", "tokenizer.model"));
        LlamaTokenizer microsofts = LlamaTokenizer.Create(model, addBeginOfSentence: false, addEndOfSentence: false);

        long tokens = 0;
        double before = double.PositiveInfinity;
        for (int run = 0; run < 3; run++)
        {
            before = Math.Min(before, Stopwatches.Once(() => tokens = texts.Sum(text => (long)microsofts.EncodeToIds(text).Count)));
        }

        string code = string.Concat(Enumerable.Range(0, 2_000).Select(i => $"\t\tfor(int i{i}=0;i{i}<n;i{i}++){{a[i{i}]=b[i{i}]*c.Method(i{i},\"text\");}}\n"));
        long codeTokens = 0;
        double ofCode = double.PositiveInfinity;
        double alone = double.PositiveInfinity;
        double side = double.PositiveInfinity;
        double together = double.PositiveInfinity;
        long sequences = 0;
        double allocated = double.PositiveInfinity;
        List<double> sideOverTogether = [];
        for (int turn = 0; turn < Turns; turn++)
        {
            // In turns, so that all see the machine as it is.
            alone = Math.Min(alone, Stopwatches.Once(() => tokens = texts.Sum(text => (long)tokenizer.Encode(text).Count)));
            double ofSide = Stopwatches.Once(() => tokens = Partitioner.Create(texts, loadBalance: true).AsParallel().WithDegreeOfParallelism(threads).Sum(text => (long)tokenizer.Encode(text).Count));
            side = Math.Min(side, ofSide);
            ofCode = Math.Min(ofCode, Stopwatches.Once(() => codeTokens = tokenizer.Encode(code).Count));
            long bytes = GC.GetTotalAllocatedBytes(precise: true);
            double ofTogether = Stopwatches.Once(() => sequences = dataset.TokenizeStreaming(
                tokenizer, ChatTemplate.LongAlignLlama, new TokenizationOptions()).Sum(sequence => (long)sequence.Length));
            together = Math.Min(together, ofTogether);
            sideOverTogether.Add(ofSide / ofTogether);
            allocated = Math.Min(allocated, (GC.GetTotalAllocatedBytes(precise: true) - bytes) / (double)sequences);
        }

        yield return new Figure("Microsoft's tokenizer alone, one thread", tokens / before / 1e6, "M tokens/s");
        yield return new Figure("the tokenizer alone, one thread", tokens / alone / 1e6, "M tokens/s");
        yield return new Figure($"the tokenizer alone, {threads} threads, against one times threads", alone / side / threads, "x");
        yield return new Figure("code of long lines without spaces, against chats", codeTokens / ofCode / (tokens / alone), "x", AtLeast: 0.5);
        yield return new Figure($"chats to sequences, {threads} threads", sequences / together / 1e6, "M tokens/s");
        yield return new Figure("the same, managed memory; 8 bytes are its id and label", allocated, "bytes a token", AtMost: 12);
        yield return new Figure("the same, against Microsoft's tokenizer alone times threads", sequences / together / (threads * tokens / before), "x", AtLeast: 0.9);
        yield return new Figure("the same, against the tokenizer alone times threads", sequences / together / (threads * tokens / alone), "x");

        // What threads share (memory, caches, the collector) slows the tokenizer alone too; this is what turning chats into sequences adds.
        sideOverTogether.Sort();
        yield return new Figure(
            "the same, against the tokenizer alone on as many threads, median of turns", sequences * sideOverTogether[Turns / 2] / tokens, "x", AtLeast: 0.9);
    }

    private static string FindSampleData()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string data = Path.Combine(folder.FullName, "samples", "data");
            if (Directory.Exists(data))
            {
                return data;
            }
        }

        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} has samples/data.");
    }
}
