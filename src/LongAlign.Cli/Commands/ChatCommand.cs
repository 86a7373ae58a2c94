using System.CommandLine;
using System.Globalization;
using System.Text;
using LongAlign.Cli.Recipes;
using LongAlign.Cli.Sources;
using LongAlign.Cli.Terminal;
using LongAlign.Data;
using LongAlign.Models.Generation;
using Microsoft.Extensions.AI;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace LongAlign.Cli.Commands;

/// <summary><c>longalign chat</c>: a conversation with a model of a folder, such as the one just trained.</summary>
internal static class ChatCommand
{
    private const string Help = "/new forgets the conversation, /exit ends it (so does the end of the input).";

    public static Command Create(ToolConsole console)
    {
        Argument<string> folder = new("FOLDER") { Description = "The folder of a run of 'longalign train', or of a model (Hugging Face)." };
        Option<string?> adapter = CommonOptions.Text("--adapter", "The folder of an adapter (PEFT) to put on the model.", "FOLDER");
        Option<string?> template = CommonOptions.Text("--template", "The chat template, by name; the folder's own unless set.", "NAME");
        Option<string?> system = CommonOptions.Text("--system", "What the model is told before the first question.", "TEXT");
        Option<int> tokens = CommonOptions.Number("--max-tokens", "The most tokens of an answer.", 512);
        Option<double> temperature = CommonOptions.Option("--temperature", "0 always takes the likeliest token; from 0 to 2.", 0d);
        temperature.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 0 and <= 2))
            {
                result.AddError("--temperature is out of range; expected a number from 0 to 2.");
            }
        });
        Option<string> device = CommonOptions.Choice("--device", "Where the model is; auto is the GPU where there is one.", CommonOptions.NamesOf<ModelDevice>());
        Option<string> dtype = CommonOptions.Choice("--dtype", "The type of the weights.", CommonOptions.NamesOf<ModelDtype>());
        Command command = new("chat", "Talk to a model, such as the one just trained. Reads questions line by line.") { folder, adapter, template, system, tokens, temperature, device, dtype };
        command.Run(console, async (parsed, cancellationToken) =>
        {
            using LocalModel model = LocalModel.Load(new LocalModelRecipe
            {
                Folder = FindModel(parsed.GetRequiredValue(folder)),
                Adapter = parsed.GetValue(adapter),
                Template = parsed.GetValue(template),
                Device = CommonOptions.Find<ModelDevice>(parsed.GetRequiredValue(device)),
                Dtype = CommonOptions.Find<ModelDtype>(parsed.GetRequiredValue(dtype)),
            });
            using IChatClient client = model.Connect(new GenerationOptions { MaxNewTokens = parsed.GetValue(tokens), Temperature = parsed.GetValue(temperature) });
            ChatMessage[] opening = parsed.GetValue(system) is { Length: > 0 } text ? [new ChatMessage(ChatRole.System, text)] : [];
            console.Say($"{model.Name}. {Help}");
            List<ChatMessage> conversation = await TalkAsync(client, opening, console, cancellationToken);
            if (console.Json)
            {
                console.WriteResult(new { Model = model.Name, Messages = conversation.Select(message => new { Role = message.Role.Value, Content = message.Text }) }, "");
            }

            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The model that a run saved in its folder, or the folder itself.</summary>
    private static string FindModel(string folder)
        => Directory.Exists(Path.Combine(folder, "model")) ? Path.Combine(folder, "model")
            : File.Exists(Path.Combine(folder, TrainCommand.LogFile)) ? throw new InvalidDataException($"{folder} is a run that has not saved its model yet; 'longalign train' does it after the last step.")
            : folder;

    private static async Task<List<ChatMessage>> TalkAsync(IChatClient client, ChatMessage[] opening, ToolConsole console, CancellationToken cancellationToken)
    {
        List<ChatMessage> conversation = [.. opening];
        while (await ReadAsync(console, cancellationToken) is { } line)
        {
            switch (line.Trim())
            {
                case "":
                    continue;
                case "/exit" or "/quit":
                    return conversation;
                case "/new":
                    conversation = [.. opening];
                    continue;
                case ['/', .. { Length: > 0 }] command when !command.Contains(' ', StringComparison.Ordinal):
                    console.Say($"There is no command {command}. {Help}");
                    continue;
            }

            conversation.Add(new ChatMessage(ChatRole.User, line));
            try
            {
                conversation.Add(new ChatMessage(ChatRole.Assistant, await AnswerAsync(client, conversation, console, cancellationToken)));
            }
            catch (Exception e) when (e is NotSupportedException or ChatDataException)
            {
                conversation.RemoveAt(conversation.Count - 1);
                console.SayError($"{e.Message} /new begins a shorter conversation.");
            }
        }

        return conversation;
    }

    /// <summary>Writes the answer as it comes, and how long it took.</summary>
    private static async Task<string> AnswerAsync(IChatClient client, List<ChatMessage> conversation, ToolConsole console, CancellationToken cancellationToken)
    {
        long begin = System.Diagnostics.Stopwatch.GetTimestamp();
        StringBuilder answer = new();
        UsageDetails usage = new();
        ChatFinishReason? end = null;
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(conversation, cancellationToken: cancellationToken))
        {
            answer.Append(update.Text);
            end = update.FinishReason ?? end;
            foreach (UsageContent used in update.Contents.OfType<UsageContent>())
            {
                usage.Add(used.Details);
            }

            if (!console.Json)
            {
                console.Output.Write(update.Text);
                console.Output.Flush();
            }
        }

        if (!console.Json)
        {
            console.Output.WriteLine();
        }

        double seconds = System.Diagnostics.Stopwatch.GetElapsedTime(begin).TotalSeconds;
        console.Say(string.Create(CultureInfo.InvariantCulture, $"[{usage.OutputTokenCount:N0} tokens in {seconds:F1} s, {usage.InputTokenCount:N0} in the prompt{(end == ChatFinishReason.Length ? "; cut off at the most tokens (--max-tokens)" : "")}]"));
        return answer.ToString();
    }

    /// <summary>A line; waiting for it can be interrupted, reading it can not.</summary>
    private static Task<string?> ReadAsync(ToolConsole console, CancellationToken cancellationToken)
    {
        if (console.IsInteractive)
        {
            console.Error.Write("> ");
            console.Error.Flush();
        }

        return Task.Run(console.Input.ReadLine, cancellationToken).WaitAsync(cancellationToken);
    }
}
