namespace LongAlign.Data;

/// <summary>Where the rows of a dataset come from.</summary>
internal abstract class ChatSource
{
    /// <summary>What reports call reading it.</summary>
    public virtual string Stage => "reading";

    /// <summary>What happens to rows that are no conversations.</summary>
    public virtual BadRowPolicy BadRows => BadRowPolicy.Throw;

    /// <summary>The report of what was before.</summary>
    public virtual DataReport? Before => null;

    /// <summary>Files of the folders given that are not read.</summary>
    public virtual IReadOnlyList<string> PassedOver => [];

    /// <summary>The rows, in order; each call begins anew.</summary>
    public abstract IEnumerable<ChatRow> Read();

    /// <summary>The rows that are conversations; the others are counted.</summary>
    /// <exception cref="ChatDataException">A row is none, and that is an error.</exception>
    public IEnumerable<ChatRow> Read(DataReportBuilder report)
    {
        foreach (string file in PassedOver)
        {
            report.PassOver(file);
        }

        foreach (ChatRow row in Read())
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
