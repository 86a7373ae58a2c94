using LongAlign.Data;
using LongAlign.Sequences;

namespace PlanExplorer;

/// <summary>Reads the lengths of sequences.</summary>
internal static class LengthFile
{
    /// <summary>Reads one file, by its extension.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or empty; the message names it, and the line or index.</exception>
    /// <exception cref="FormatException">There is no tokenizer for chat messages.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static int[] Read(string path, string? tokenizerFolder) => Path.GetExtension(path) switch
    {
        ".jsonl" => ReadChat(path, tokenizerFolder),
        ".bin" => LengthsFile.Read(path),
        _ => LengthsFile.ReadText(path),
    };

    /// <summary>Reads chat messages.</summary>
    public static ISequenceDataset Tokenize(string[] paths, string tokenizerFolder)
        => ChatDataset.Load(paths).Tokenize(ModelTokenizer.Load(tokenizerFolder), ChatTemplate.LongAlignLlama, int.MaxValue);

    private static int[] ReadChat(string path, string? tokenizerFolder)
        => tokenizerFolder is null
            ? throw new FormatException($"{path}: chat messages need a tokenizer to have a length; expected --tokenizer DIR.")
            : Tokenize([path], tokenizerFolder).Lengths.ToArray();
}
