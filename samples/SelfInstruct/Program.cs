// Makes long instruction data from documents with any LLM behind an OpenAI-compatible endpoint.
//
//   dotnet run -c Release --project samples/SelfInstruct                                  out of the box: scripted answers
//   OPENAI_API_KEY=… dotnet run -c Release --project samples/SelfInstruct -- \
//     --endpoint https://api.openai.com/v1 --model NAME --documents FOLDER --tokenizer FOLDER --price-in 2 --price-out 8 --budget 5
//
// Killed at any time, the same command resumes with the calls that are missing.
using System.ClientModel;
using System.ClientModel.Primitives;
using LongAlign.Data;
using LongAlign.Data.SelfInstruct;
using LongAlign.Requests;
using Microsoft.Extensions.AI;
using OpenAI;
using SelfInstruct;

SampleOptions options;
try
{
    options = SampleOptions.Parse(args);
}
catch (FormatException e)
{
    Console.Error.WriteLine(e.Message);
    Console.Error.WriteLine(SampleOptions.Usage);
    return 2;
}

using CancellationTokenSource cancellation = new();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    cancellation.Cancel();
};

await using ScriptedEndpoint? scripted = options.Endpoint is null ? await ScriptedEndpoint.StartAsync() : null;
if (scripted is not null)
{
    Console.WriteLine("""
        No --endpoint was given, so a server on this machine stands in for an LLM. Its answers are scripted: it asks which sentence follows
        another and copies that sentence. They show how things work and are not worth training on.

        """);
}

string? key = scripted is not null ? ScriptedEndpoint.Key : Environment.GetEnvironmentVariable(options.KeyVariable);
if (string.IsNullOrEmpty(key))
{
    Console.Error.WriteLine($"The environment variable {options.KeyVariable} has no API key. Where the endpoint needs none, set it to any text.");
    return 2;
}

// The client's own retries are off: the runner is to see when the provider is overloaded, and to count every call.
OpenAIClient provider = new(new ApiKeyCredential(key), new OpenAIClientOptions
{
    Endpoint = scripted?.Address ?? options.Endpoint,
    RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
    NetworkTimeout = Timeout.InfiniteTimeSpan,
});
using IChatClient client = provider.GetChatClient(options.Model).AsIChatClient();

ModelTokenizer tokenizer = ModelTokenizer.Load(options.Tokenizer ?? SampleDocuments.Tokenizer);
IEnumerable<SourceDocument> documents = options.Documents is { } path ? DocumentFiles.Read(path, options.TextColumn) : SampleDocuments.Read();
Directory.CreateDirectory(options.OutputFolder);
string rows = Path.Combine(options.OutputFolder, "instructions.jsonl");
try
{
    using RequestJournal journal = RequestJournal.Open(Path.Combine(options.OutputFolder, "journal.jsonl"));
    Console.WriteLine($"{journal.FilePath}: {journal.ReplyCount} replies, {journal.CallsInDoubt} calls in doubt, {journal.TornLines} torn lines");
    LongInstructionGenerator generator = new(client, journal, options.ToGeneratorOptions(tokenizer.CountTokens, key));
    Console.WriteLine($"before: {generator.DryRun(documents)}{(options.PriceIn is null ? " (no prices were given)" : "")}");
    if (options.DryRun)
    {
        return 0;
    }

    Console.WriteLine(await generator.WriteAsync(documents, rows, cancellation.Token));
    Console.WriteLine($"written: {rows}");
    return 0;
}
catch (Exception e) when (e is RequestRunException or IOException or InvalidDataException or ArgumentException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Stopped. The same command resumes from here.");
    return 1;
}
