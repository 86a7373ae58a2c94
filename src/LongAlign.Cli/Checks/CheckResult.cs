namespace LongAlign.Cli.Checks;

/// <summary>The result of a check of this machine.</summary>
/// <param name="Name">The thing that was checked.</param>
/// <param name="Status">The outcome.</param>
/// <param name="Found">The finding.</param>
/// <param name="Cure">The remedy; null where nothing is to be done.</param>
internal sealed record CheckResult(string Name, CheckStatus Status, string Found, string? Cure = null);
