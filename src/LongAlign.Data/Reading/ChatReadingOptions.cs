using System.Collections.ObjectModel;
using System.Text;

namespace LongAlign.Data;

/// <summary>The options of reading chats.</summary>
/// <example>
/// <code>
/// ChatReadingOptions options = new()
/// {
///     Columns = new Dictionary&lt;string, string&gt; { ["question"] = "instruction", ["answer"] = "output", ["images"] = ChatReadingOptions.Ignored },
///     Roles = new Dictionary&lt;string, string&gt; { ["customer"] = "user", ["agent"] = "assistant" },
/// };
/// </code>
/// </example>
public sealed record ChatReadingOptions
{
    /// <summary>The value in <see cref="Columns"/> of a column that is to be ignored.</summary>
    public const string Ignored = "ignored";

    private readonly IReadOnlyDictionary<string, string> _columns = ReadOnlyDictionary<string, string>.Empty;
    private readonly IReadOnlyDictionary<string, string> _roles = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Gets the policy for rows that are not conversations, and for the rest of a damaged file.</summary>
    /// <value><see cref="BadRowPolicy.Throw"/> by default.</value>
    public BadRowPolicy BadRows { get; init; }

    /// <summary>Gets whether a message without text is a fault.</summary>
    /// <value>False by default: an empty answer is kept and not learned.</value>
    public bool RefuseEmptyContent { get; init; }

    /// <summary>Gets the names of columns and of keys of messages: the file's name for each, and the name that is known, or <see cref="Ignored"/>.</summary>
    /// <value>Empty by default: names are those that data sets are published with.</value>
    /// <exception cref="ArgumentException">A name is not known, or two columns have the same.</exception>
    public IReadOnlyDictionary<string, string> Columns
    {
        get => _columns;
        init => _columns = RowColumns.Check(value);
    }

    /// <summary>Gets the names of roles: the file's name for each, and <c>system</c>, <c>developer</c>, <c>user</c>, <c>assistant</c> or <c>tool</c>.</summary>
    /// <value>Empty by default: <c>human</c>, <c>gpt</c>, <c>model</c>, <c>observation</c> and other usual names are known.</value>
    /// <exception cref="ArgumentException">A role is not known.</exception>
    public IReadOnlyDictionary<string, string> Roles
    {
        get => _roles;
        init => _roles = ChatRoles.Check(value);
    }

    /// <summary>Gets the encoding of files that have no byte order mark, for example GBK. Parquet files say their own.</summary>
    /// <value>UTF-8 by default, strictly: other files are faults.</value>
    public Encoding? Encoding { get; init; }
}
