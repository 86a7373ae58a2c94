namespace LongAlign.Cli.Checks;

/// <summary>The outcome of a check.</summary>
internal enum CheckStatus
{
    Ok,

    /// <summary>Works, and could be better.</summary>
    Advice,

    /// <summary>Something does not work.</summary>
    Failed,
}
