using System.Globalization;
using LongAlign.Data;
using LongAlign.Sequences;

namespace PlanExplorer;

/// <summary>Reads the lengths of sequences.</summary>
internal static class LengthFile
{
    /// <summary>Reads one file, by its extension.</summary>
    /// <exception cref="FormatException">The file is damaged or empty; the message names it, and the line or index.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static int[] Read(string path, string? tokenizerFolder)
    {
        int[] lengths = Path.GetExtension(path) switch
        {
            ".jsonl" => ReadChat(path, tokenizerFolder),
            ".bin" => ReadBinary(path),
            _ => ReadText(path),
        };
        return lengths.Length > 0 ? lengths : throw new FormatException($"{path}: there are no lengths; expected at least one.");
    }

    /// <summary>Reads chat messages.</summary>
    public static ISequenceDataset Tokenize(string[] paths, string tokenizerFolder)
        => ChatDataset.Load(paths).Tokenize(ModelTokenizer.Load(tokenizerFolder), ChatTemplate.LongAlignLlama, int.MaxValue);

    private static int[] ReadText(string path)
    {
        List<int> lengths = [];
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (!int.TryParse(line.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int length) || length < 1)
            {
                throw new FormatException($"{path}, line {number}: '{Shortened(line)}' is no length; expected a whole number from 1 to {int.MaxValue}.");
            }

            lengths.Add(length);
        }

        return [.. lengths];
    }

    private static int[] ReadBinary(string path)
    {
        int[] lengths = LengthsFile.Read(path);
        int wrong = Array.FindIndex(lengths, length => length < 1);
        return wrong < 0 ? lengths : throw new FormatException($"{path}, number {wrong} (from 0): {lengths[wrong]} is no length; expected at least 1.");
    }

    private static int[] ReadChat(string path, string? tokenizerFolder)
        => tokenizerFolder is null
            ? throw new FormatException($"{path}: chat messages need a tokenizer to have a length; expected --tokenizer DIR.")
            : Tokenize([path], tokenizerFolder).Lengths.ToArray();

    private static string Shortened(string line) => line.Length <= 40 ? line : line[..40] + "…";
}
