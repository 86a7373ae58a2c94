using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace LongAlign.Cli.Terminal;

/// <summary>The time that some work will still take, with the word for it.</summary>
internal sealed class TimeLeftColumn : ProgressColumn
{
    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        => new Text(task.RemainingTime is { } left ? string.Create(CultureInfo.InvariantCulture, $"{left:h\\:mm\\:ss} left") : "");
}
