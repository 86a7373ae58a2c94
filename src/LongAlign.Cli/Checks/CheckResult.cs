namespace LongAlign.Cli.Checks;

/// <summary>What was looked at on this machine.</summary>
/// <param name="Name">What.</param>
/// <param name="Status">What it came to.</param>
/// <param name="Found">What there is.</param>
/// <param name="Cure">What to do; null where nothing is to be done.</param>
internal sealed record CheckResult(string Name, CheckStatus Status, string Found, string? Cure = null);
