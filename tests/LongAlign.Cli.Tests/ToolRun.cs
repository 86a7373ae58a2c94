using System.Text.Json;
using LongAlign.Cli.Terminal;

namespace LongAlign.Cli.Tests;

/// <summary>What a command line came to, in this process.</summary>
public sealed record ToolRun(int Code, string Output, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public static string Sample(params string[] names) => Path.Combine([AppContext.BaseDirectory, "samples", .. names]);

    public static Task<ToolRun> OfAsync(params string[] args) => StoppedAsync(args, TestContext.Current.CancellationToken);

    /// <summary>Runs a command line that reads what is typed.</summary>
    public static async Task<ToolRun> TypedAsync(string typed, params string[] args)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        using StringReader input = new(typed);
        int code = await Tool.RunAsync(args, new ToolConsole(output, error, isInteractive: false) { Input = input }, TestContext.Current.CancellationToken);
        return new ToolRun(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs a command line until it ends or is stopped as by Ctrl+C.</summary>
    public static async Task<ToolRun> StoppedAsync(string[] args, CancellationToken cancellationToken)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        int code = await Tool.RunAsync(args, new ToolConsole(output, error, isInteractive: false), cancellationToken);
        return new ToolRun(code, output.ToString(), error.ToString());
    }

    public ToolRun Expect(int code)
    {
        Assert.True(Code == code, $"exit code {Code}, expected {code}\n{Output}\n{Error}");
        return this;
    }
}
