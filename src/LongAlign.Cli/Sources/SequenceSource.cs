using LongAlign.Data;
using LongAlign.Data.Store;
using LongAlign.Sequences;

namespace LongAlign.Cli.Sources;

/// <summary>Sequences of a command line: lengths, a token store, or chats.</summary>
internal sealed class SequenceSource : IDisposable
{
    private SequenceSource(int[] lengths, ISequenceDataset? dataset, DataReport? report = null)
    {
        Lengths = lengths;
        Dataset = dataset;
        Report = report;
    }

    public int[] Lengths { get; }

    /// <summary>The tokens; null where only lengths are known.</summary>
    public ISequenceDataset? Dataset { get; }

    /// <summary>The report on the rows of chats; null for other inputs.</summary>
    public DataReport? Report { get; }

    /// <summary>Opens inputs: folders of token stores, <c>.txt</c> and <c>.bin</c> with lengths, and anything else as chats.</summary>
    /// <exception cref="ArgumentException">Chats lack a tokenizer.</exception>
    public static SequenceSource Open(IReadOnlyList<string> paths, string? tokenizerFolder, string? template, int maxLength)
    {
        if (paths is [string only] && Directory.Exists(only) && File.Exists(Path.Combine(only, "store.json")))
        {
            TokenStore store = TokenStore.Open(only);
            return new SequenceSource(store.Lengths.ToArray(), store);
        }

        if (paths.All(path => IsText(path) || IsBinary(path)))
        {
            return new SequenceSource([.. paths.SelectMany(path => IsBinary(path) ? LengthsFile.Read(path) : LengthsFile.ReadText(path))], dataset: null);
        }

        string folder = tokenizerFolder ?? throw new ArgumentException($"{paths[0]}: chats need a tokenizer to have a length; expected --tokenizer FOLDER.");
        TokenizedDataset chats = ChatDataset.Load([.. paths]).Tokenize(ModelTokenizer.Load(folder), Templates.Find(template, folder), maxLength);
        return new SequenceSource(chats.Lengths.ToArray(), chats, chats.Report);
    }

    public void Dispose() => (Dataset as IDisposable)?.Dispose();

    private static bool IsText(string path) => path.EndsWith(".txt", StringComparison.OrdinalIgnoreCase);

    private static bool IsBinary(string path) => path.EndsWith(".bin", StringComparison.OrdinalIgnoreCase);
}
