namespace LongAlign.Cli.Checks;

/// <summary>What a check came to.</summary>
internal enum CheckStatus
{
    Ok,

    /// <summary>Works, and could be better.</summary>
    Advice,

    /// <summary>Something does not work.</summary>
    Failed,
}
