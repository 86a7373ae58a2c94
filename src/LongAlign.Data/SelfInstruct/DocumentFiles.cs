using System.Text;
using System.Text.Json;

namespace LongAlign.Data.SelfInstruct;

/// <summary>
/// Reads documents: text files (<c>.txt</c>, <c>.md</c>; one document each), JSON Lines (<c>.jsonl</c>) and Parquet (<c>.parquet</c>)
/// with a text column, or a folder with such files in it or below.
/// </summary>
public static class DocumentFiles
{
    private const string TextColumn = "text";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly string[] TextFiles = [".txt", ".md"];

    /// <summary>Reads documents one after another, the files of a folder in the order of their names.</summary>
    /// <param name="path">A file or a folder.</param>
    /// <param name="textColumn">The field or column that holds the text.</param>
    /// <param name="onDamaged">Gets what is wrong with a document, which is then left out; without it, that is an error.</param>
    /// <returns>
    /// The documents, read anew by each enumeration. The id of a text file is its path below the folder; that of a row is its field <c>id</c>,
    /// or else file and line or row.
    /// </returns>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    /// <exception cref="InvalidDataException">A document is damaged, or a file is of another kind; the message names the file and line.</exception>
    public static IEnumerable<SourceDocument> Read(string path, string textColumn = TextColumn, Action<InvalidDataException>? onDamaged = null)
    {
        if (!File.Exists(path) && !Directory.Exists(path))
        {
            throw new FileNotFoundException($"There is no file or folder {Path.GetFullPath(path)}.", path);
        }

        return ReadAll(path, textColumn, onDamaged);
    }

    private static IEnumerable<SourceDocument> ReadAll(string path, string textColumn, Action<InvalidDataException>? onDamaged)
    {
        if (File.Exists(path))
        {
            return ReadFile(path, Path.GetFileName(path), textColumn, onDamaged);
        }

        return Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".jsonl" or ".parquet" || TextFiles.Contains(Path.GetExtension(file)))
            .Select(file => (File: file, Name: Path.GetRelativePath(path, file).Replace('\\', '/')))
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .SelectMany(file => ReadFile(file.File, file.Name, textColumn, onDamaged));
    }

    private static IEnumerable<SourceDocument> ReadFile(string path, string name, string textColumn, Action<InvalidDataException>? onDamaged)
    {
        IEnumerable<Func<SourceDocument>> documents = Path.GetExtension(path) switch
        {
            ".jsonl" => ReadJsonLines(path, name, textColumn),
            ".parquet" => ParquetDocuments.Read(path, name, textColumn),
            string other when TextFiles.Contains(other) => [() => new SourceDocument(name, Decode(File.ReadAllBytes(path), path), path)],
            _ => throw new InvalidDataException($"{path} is of no known kind; expected .txt, .md, .jsonl or .parquet."),
        };
        foreach (Func<SourceDocument> read in documents)
        {
            SourceDocument document;
            try
            {
                document = read();
            }
            catch (InvalidDataException e) when (onDamaged is not null)
            {
                onDamaged(e);
                continue;
            }

            yield return document;
        }
    }

    private static IEnumerable<Func<SourceDocument>> ReadJsonLines(string path, string name, string textColumn)
    {
        int number = 0;

        // One byte a character, so that each line is decoded by itself and a bad one does not hide the others.
        foreach (string bytes in File.ReadLines(path, Encoding.Latin1))
        {
            string source = $"{path}, line {++number}";
            string id = $"{name}:{number}";
            if (!string.IsNullOrWhiteSpace(bytes))
            {
                yield return () => Parse(Decode(Encoding.Latin1.GetBytes(bytes), source), id, source, textColumn);
            }
        }
    }

    private static SourceDocument Parse(string line, string id, string source, string textColumn)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind != JsonValueKind.Object
                || !json.RootElement.TryGetProperty(textColumn, out JsonElement text) || text.ValueKind != JsonValueKind.String)
            {
                throw new InvalidDataException($"{source}: there is no text '{textColumn}'; expected {{\"{textColumn}\":\"…\"}}.");
            }

            string own = json.RootElement.TryGetProperty("id", out JsonElement given)
                && given.ValueKind is JsonValueKind.String or JsonValueKind.Number ? given.ToString() : id;
            return new SourceDocument(own, text.GetString()!, source);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{source}: the line is no JSON object: {e.Message}", e);
        }
    }

    private static string Decode(byte[] bytes, string source)
    {
        try
        {
            return StrictUtf8.GetString(bytes).TrimStart('\ufeff');
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"{source}: the text is no UTF-8: {e.Message}", e);
        }
    }
}
