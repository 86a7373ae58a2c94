namespace LongAlign.Data;

/// <summary>The source of the rows of a dataset.</summary>
/// <param name="rows">The rows, in order; each enumeration begins anew.</param>
internal sealed class ChatSource(IEnumerable<ChatRow> rows)
{
    /// <summary>The name of its stage in reports.</summary>
    public string Stage { get; init; } = "reading";

    /// <summary>The policy for rows that are not conversations.</summary>
    public BadRowPolicy BadRows { get; init; }

    /// <summary>The report of what was before.</summary>
    public DataReport? Before { get; init; }

    /// <summary>Files of the folders given that are not read.</summary>
    public IReadOnlyList<string> PassedOver { get; init; } = [];

    /// <summary>Files, one after another.</summary>
    public static ChatSource OfFiles(IReadOnlyList<string> paths, IReadOnlyList<string> passedOver, ChatReadingOptions options)
        => new(paths.SelectMany(path => ChatFile.Read(path, options))) { BadRows = options.BadRows, PassedOver = passedOver };

    /// <summary>The rows that are conversations; the others are counted.</summary>
    /// <exception cref="ChatDataException">A row is none, and that is an error.</exception>
    public IEnumerable<ChatRow> Read(DataReportBuilder report)
    {
        foreach (string file in PassedOver)
        {
            report.PassOver(file);
        }

        foreach (ChatRow row in rows)
        {
            if (row.Conversation is not null)
            {
                report.Keep();
                report.Ignore(row.Unused, row.Conversation.Source);
                yield return row;
            }
            else if (BadRows == BadRowPolicy.Skip)
            {
                report.Skip(row.Fault!.Reason, row.Count, row.Fault.DataSource, row.Fault.Detail);
            }
            else
            {
                throw row.Fault!;
            }
        }
    }
}
