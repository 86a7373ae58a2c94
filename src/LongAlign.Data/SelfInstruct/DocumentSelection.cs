using LongAlign.Requests;

namespace LongAlign.Data.SelfInstruct;

/// <summary>
/// The documents that instructions are made from. Two readings: the first looks at each document and keeps numbers only, the second gives
/// those chosen, so that a set may be larger than memory.
/// </summary>
internal sealed class DocumentSelection
{
    private readonly List<Chosen> _chosen;

    private DocumentSelection(List<Chosen> chosen) => _chosen = chosen;

    public static DocumentSelection Choose(
        IEnumerable<SourceDocument> documents, LongInstructionOptions options, EvaluationOverlap overlap, ReportBuilder report)
    {
        List<Chosen> candidates = [];
        Dictionary<string, string> ids = [];
        Dictionary<string, string> hashes = [];
        int index = 0;
        foreach (SourceDocument document in documents)
        {
            if (!ids.TryAdd(document.Id, document.Source))
            {
                throw new InvalidDataException($"{document.Source}: the id '{document.Id}' is that of {ids[document.Id]} too; expected another for each document.");
            }

            Chosen candidate = new(index++, document.Id, document.GetHash(), options.CountTokens(document.Text), LanguageDetector.Detect(document.Text));
            (DropReason Reason, string Detail)? drop =
                candidate.Tokens < options.MinTokens ? (DropReason.TooShort, $"{candidate.Tokens} tokens")
                : candidate.Tokens > options.MaxTokens ? (DropReason.TooLong, $"{candidate.Tokens} tokens")
                : candidate.Language == DocumentLanguage.Other && !options.KeepOtherLanguages ? (DropReason.OtherLanguage, "")
                : !hashes.TryAdd(candidate.Hash, document.Id) ? (DropReason.DuplicateDocument, $"as {hashes[candidate.Hash]}")
                : overlap.IsIn(document.Text) ? (DropReason.EvaluationOverlap, "in the document")
                : null;
            if (drop is { } found)
            {
                report.Drop(document.Id, found.Reason, found.Detail);
            }
            else
            {
                candidates.Add(candidate);
            }
        }

        report.DocumentsRead(index);
        return new DocumentSelection(Draw(candidates, options, report));
    }

    /// <summary>The second reading.</summary>
    public IEnumerable<SelectedDocument> Read(IEnumerable<SourceDocument> documents)
    {
        int next = 0;
        int index = 0;
        foreach (SourceDocument document in documents)
        {
            if (next == _chosen.Count)
            {
                yield break;
            }

            if (index++ == _chosen[next].Index)
            {
                Chosen chosen = _chosen[next++];
                yield return chosen.Id == document.Id && chosen.Hash == document.GetHash()
                    ? new SelectedDocument(document, chosen.Hash, chosen.Tokens, chosen.Language)
                    : throw new InvalidDataException($"{document.Source}: the document '{document.Id}' is not what it was at the first reading; expected the same documents from every enumeration.");
            }
        }

        if (next < _chosen.Count)
        {
            throw new InvalidDataException($"The second reading had {index} documents; expected '{_chosen[next].Id}' as number {_chosen[next].Index}. The documents must be the same in every enumeration.");
        }
    }

    /// <summary>Weighted draws without replacement (Efraimidis and Spirakis 2006): those with the largest u^(1/weight), u drawn for each document by itself.</summary>
    private static List<Chosen> Draw(List<Chosen> candidates, LongInstructionOptions options, ReportBuilder report)
    {
        if (options.MaxDocuments is not { } most || most >= candidates.Count)
        {
            return candidates;
        }

        Chosen[] ordered = [.. candidates.OrderByDescending(candidate =>
            Math.Log(1 - new ItemRandom(options.Seed, candidate.Id, "document").NextDouble()) / Math.Pow(candidate.Tokens, options.LengthExponent)).ThenBy(candidate => candidate.Index)];
        foreach (Chosen left in ordered[most..])
        {
            report.Drop(left.Id, DropReason.NotDrawn, $"{left.Tokens} tokens");
        }

        return [.. ordered[..most].OrderBy(chosen => chosen.Index)];
    }

    private sealed record Chosen(int Index, string Id, string Hash, int Tokens, DocumentLanguage Language);
}
