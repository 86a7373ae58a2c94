using System.Text;
using System.Text.Json;

namespace LongAlign.Data.SelfInstruct;

/// <summary>
/// Reads documents: text files (<c>.txt</c>, <c>.md</c>; one document each), JSON (<c>.jsonl</c>, <c>.ndjson</c>, <c>.jl</c>, <c>.json</c>: a row
/// to a line, or an array) and Parquet (<c>.parquet</c>) with a text column, or a folder with such files in it or below. Names that end with
/// <c>.gz</c> or <c>.zst</c> are compressed.
/// </summary>
public static class DocumentFiles
{
    private const string TextColumn = "text";

    private static readonly string[] Texts = [".txt", ".md"];
    private static readonly string[] Json = [".jsonl", ".ndjson", ".jl", ".json"];

    /// <summary>Reads documents one after another, the files of a folder in the order of their names.</summary>
    /// <param name="path">A file or a folder.</param>
    /// <param name="textColumn">The field or column that holds the text.</param>
    /// <param name="onDamaged">Gets what is wrong with a document, which is then left out; without it, that is an error.</param>
    /// <param name="encoding">The encoding of files that have no byte order mark; UTF-8 by default.</param>
    /// <param name="onPassedOver">Gets the files of a folder that are of another kind, and its hidden folders.</param>
    /// <returns>
    /// The documents, read again by each enumeration. The id of a text file is its path below the folder; that of a row is its field <c>id</c>,
    /// or else file and line or row.
    /// </returns>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    /// <exception cref="InvalidDataException">A document is damaged, or a file is of another kind or encoding; the message names the file and line.</exception>
    public static IEnumerable<SourceDocument> Read(
        string path, string textColumn = TextColumn, Action<InvalidDataException>? onDamaged = null, Encoding? encoding = null, Action<string>? onPassedOver = null)
    {
        if (!File.Exists(path) && !Directory.Exists(path))
        {
            throw new FileNotFoundException($"There is no file or folder {Path.GetFullPath(path)}.", path);
        }

        return ReadAll(path, textColumn, onDamaged, encoding, onPassedOver);
    }

    private static IEnumerable<SourceDocument> ReadAll(string path, string textColumn, Action<InvalidDataException>? onDamaged, Encoding? encoding, Action<string>? onPassedOver)
    {
        if (File.Exists(path))
        {
            return ReadFile(path, Path.GetFileName(path), textColumn, onDamaged, encoding);
        }

        FolderFiles files = FolderFiles.Of(path, file => EndingOf(file) is { } ending && (ending == ".parquet" || Texts.Contains(ending) || Json.Contains(ending)));
        foreach (string other in files.Others)
        {
            onPassedOver?.Invoke(other);
        }

        return files.Known.SelectMany(file => ReadFile(file, Path.GetRelativePath(path, file).Replace('\\', '/'), textColumn, onDamaged, encoding));
    }

    private static string EndingOf(string path) => Path.GetExtension(CompressedFile.PlainName(path)).ToLowerInvariant();

    private static IEnumerable<SourceDocument> ReadFile(string path, string name, string textColumn, Action<InvalidDataException>? onDamaged, Encoding? encoding)
    {
        IEnumerable<Func<SourceDocument>> documents = EndingOf(path) switch
        {
            ".parquet" => ParquetDocuments.Read(path, name, textColumn),
            string ending when Json.Contains(ending) => ReadJson(path, name, textColumn, encoding),
            string ending when Texts.Contains(ending) => [() => new SourceDocument(name, TextFile.ReadAllText(path, encoding), path)],
            _ => throw new InvalidDataException($"{path} is of no known kind; expected {string.Join(", ", [.. Texts, .. Json])} (also .gz, .zst) or .parquet."),
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

    private static IEnumerable<Func<SourceDocument>> ReadJson(string path, string name, string textColumn, Encoding? encoding)
    {
        foreach (JsonRow row in JsonRows.Read(path, encoding))
        {
            string source = row.NameIn(path);
            yield return () => Parse(row, $"{name}:{(row.Item > 0 ? row.Item : row.Line)}", source, textColumn);
        }
    }

    private static SourceDocument Parse(JsonRow row, string id, string source, string textColumn)
    {
        try
        {
            using JsonDocument json = row.Fault is null ? JsonText.Parse(row.Json) : throw row.Fault;
            JsonElement root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(textColumn, out JsonElement text) || text.ValueKind != JsonValueKind.String)
            {
                throw new RowException("no text", $"there is no text '{textColumn}'; expected {{\"{textColumn}\":\"…\"}}{(root.ValueKind == JsonValueKind.Object ? $", and there are {string.Join(", ", root.EnumerateObject().Select(JsonText.Name))}" : "")}.");
            }

            string own = root.TryGetProperty("id", out JsonElement given) && given.ValueKind is JsonValueKind.String or JsonValueKind.Number ? given.ToString() : id;
            return new SourceDocument(own, JsonText.Text(text), source);
        }
        catch (RowException e)
        {
            throw new InvalidDataException($"{source}: {e.Message}", e);
        }
    }
}
