using System.Collections;
using LongAlign.Cli.Recipes;
using LongAlign.Data;
using LongAlign.Data.SelfInstruct;

namespace LongAlign.Cli.Sources;

/// <summary>The documents of a recipe, read again by each enumeration, and the report on them.</summary>
internal sealed class ReadDocuments(GenerateDataRecipe recipe) : IEnumerable<SourceDocument>
{
    private const int MostExamples = 5;

    private readonly System.Text.Encoding? _encoding = Encodings.Find(recipe.Encoding);

    /// <summary>The report of the last complete enumeration.</summary>
    public DataReport Report { get; private set; } = new() { Stage = "reading", RowsIn = 0, RowsOut = 0 };

    public IEnumerator<SourceDocument> GetEnumerator()
    {
        List<string> damaged = [];
        List<string> passedOver = [];
        long read = 0;
        Action<InvalidDataException>? onDamaged = recipe.BadDocuments == BadRowPolicy.Skip ? e => damaged.Add(e.Message) : null;
        foreach (SourceDocument document in DocumentFiles.Read(recipe.Documents, recipe.TextColumn, onDamaged, _encoding, passedOver.Add))
        {
            read++;
            yield return document;
        }

        Report = new DataReport
        {
            Stage = "reading",
            RowsIn = read + damaged.Count,
            RowsOut = read,
            Skipped = damaged.Count == 0 ? [] : [new ReportedRows("damaged document", damaged.Count, [.. damaged.Take(MostExamples)])],
            Ignored = passedOver.Count == 0 ? [] : [new ReportedRows("files of another kind", passedOver.Count, passedOver)],
        };
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
