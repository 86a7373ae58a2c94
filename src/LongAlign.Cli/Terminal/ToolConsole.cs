using System.Text.Json;
using Spectre.Console;

namespace LongAlign.Cli.Terminal;

/// <summary>The console of a command: its result goes to the standard output, messages and progress to the standard error.</summary>
internal sealed class ToolConsole(TextWriter output, TextWriter error, bool isInteractive, bool usesColour = false, bool coloursErrors = false)
{
    private const int BarWidth = 20;

    private IAnsiConsole? _live;

    /// <summary>The reader of typed input.</summary>
    public TextReader Input { get; init; } = Console.In;

    /// <summary>Whether messages go to a terminal.</summary>
    public bool IsInteractive => isInteractive;

    public TextWriter Output => output;

    public TextWriter Error => error;

    /// <summary>Whether results may have colours.</summary>
    public bool UsesColour => usesColour;

    /// <summary>Whether the result is JSON.</summary>
    public bool Json { get; set; }

    /// <summary>Writes the command's one result.</summary>
    public void WriteResult<T>(T result, string text)
        => output.WriteLine(Json ? JsonSerializer.Serialize(result, ResultJson.Options) : text.TrimEnd());

    /// <summary>Writes an error, each fault of a recipe on its own line, and gives programs an object with the key <c>error</c>.</summary>
    public void WriteError(string kind, string message)
    {
        foreach (string fault in kind == "recipe" ? message.Split(Environment.NewLine) : [message])
        {
            SayError(fault);
        }

        if (Json)
        {
            WriteResult(new { Error = new { Kind = kind, Message = message } }, "");
        }
    }

    /// <summary>Writes an error behind the word <c>error:</c>, red where there are colours.</summary>
    public void SayError(string message) => Say($"{(coloursErrors ? "\e[31merror:\e[0m" : "error:")} {message}");

    /// <summary>Writes a line for people.</summary>
    public void Say(string line)
    {
        if (_live is { } live)
        {
            live.WriteLine(line);
        }
        else
        {
            error.WriteLine(line);
        }
    }

    /// <summary>Shows how far some work is: a bar in a terminal, a line now and then elsewhere.</summary>
    /// <param name="title">The name of the work.</param>
    /// <param name="work">The work.</param>
    /// <param name="saysTimes">Whether the work's own texts say how long it will take.</param>
    public async Task<T> ShowProgressAsync<T>(string title, Func<Action<ProgressState>, Task<T>> work, bool saysTimes = false)
    {
        if (!isInteractive)
        {
            return await work(new PlainProgress(error, title).Report);
        }

        _live = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        try
        {
            return await _live.Progress()
                .Columns([new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = BarWidth }, new PercentageColumn(), .. saysTimes ? (ProgressColumn[])[] : [new TimeLeftColumn()]])
                .StartAsync(context =>
                {
                    ProgressTask task = context.AddTask(title.EscapeMarkup());
                    task.IsIndeterminate = true;
                    return work(state =>
                    {
                        task.IsIndeterminate = state.Total is null;
                        task.MaxValue = Math.Max(1, state.Total ?? 1);
                        task.Value = state.Total is null ? 0 : state.Done;
                        task.Description = (saysTimes ? $"{title} {state.Done}/{state.Total}, {state.Text}" : $"{title} {state.Text}").EscapeMarkup();
                    });
                });
        }
        finally
        {
            _live = null;
        }
    }
}
