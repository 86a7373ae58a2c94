namespace LongAlign.Cli;

/// <summary>The exit codes of the process; docs/cli.md lists them.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    public const int Failed = 1;

    /// <summary>The command line or a recipe is wrong; nothing was begun.</summary>
    public const int Usage = 2;

    /// <summary>Stopped by Ctrl+C or SIGTERM, after what could be saved was saved.</summary>
    public const int Cancelled = 130;
}
