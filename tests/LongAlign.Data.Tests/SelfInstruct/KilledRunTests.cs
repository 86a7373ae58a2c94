using System.Diagnostics;
using LongAlign.Requests;
using LongAlign.Testing.Http;

namespace LongAlign.Data.Tests.SelfInstruct;

/// <summary>The program samples/SelfInstruct in a process of its own, killed at random requests.</summary>
[Trait("Speed", "Slow")]
public class KilledRunTests
{
    private const int Kills = 10;

    /// <summary>
    /// What is promised: a call whose reply is in the journal is never made again; one that was under way when the process died may be, and
    /// the journal knows which those are.
    /// </summary>
    [Fact]
    public async Task A_run_killed_at_ten_random_requests_pays_twice_only_for_calls_under_way_and_ends_equal_to_the_byte()
    {
        using TemporaryFolder folder = new();
        string documents = folder.Write("documents.jsonl", string.Concat(InstructionTest.Documents(40).Select(document =>
            System.Text.Json.JsonSerializer.Serialize(new { id = document.Id, text = document.Text }) + "\n")));
        await using FaultyEndpoint quiet = await FaultyEndpoint.StartAsync(InstructionTest.Answer);
        Assert.Equal("", await RunAsync(quiet, documents, folder.File("undisturbed"), _ => { }));

        Process? child = null;
        int killAt = int.MaxValue;
        await using FaultyEndpoint endpoint = await FaultyEndpoint.StartAsync(InstructionTest.Answer, async (number, _, context) =>
        {
            if (number == killAt)
            {
                child!.Kill();
                return true;
            }

            await Task.Delay(10, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return false;
        });
        Random random = new(20261124);
        int inDoubt = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            HashSet<string> paid = Paid(folder.File("killed"));
            int before = endpoint.Texts.Count;
            killAt = before + random.Next(1, 9);
            Assert.NotEqual("", await RunAsync(endpoint, documents, folder.File("killed"), started => child = started));
            Assert.DoesNotContain(endpoint.Texts.Skip(before), text => paid.Contains(KeyOf(text)));
            using RequestJournal journal = RequestJournal.Open(Path.Combine(folder.File("killed"), "journal.jsonl"));
            Assert.InRange(journal.CallsInDoubt - inDoubt, 0, 8);
            inDoubt = journal.CallsInDoubt;
        }

        killAt = int.MaxValue;
        Assert.Equal("", await RunAsync(endpoint, documents, folder.File("killed"), _ => { }));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(folder.File("undisturbed"), "instructions.jsonl")),
            File.ReadAllBytes(Path.Combine(folder.File("killed"), "instructions.jsonl")));
        Assert.DoesNotContain(FaultyEndpoint.Key, File.ReadAllText(Path.Combine(folder.File("killed"), "journal.jsonl")), StringComparison.Ordinal);
        using RequestJournal last = RequestJournal.Open(Path.Combine(folder.File("killed"), "journal.jsonl"));
        Assert.Equal(80, last.ReplyCount);
        Assert.Equal(inDoubt, last.CallsInDoubt);
        Assert.InRange(endpoint.Texts.Count, 80, 80 + inDoubt); // every call beyond the first was in doubt
    }

    /// <summary>The keys that the journal has replies to, read as text so that the file stays as the kill left it.</summary>
    private static HashSet<string> Paid(string folder)
    {
        string path = Path.Combine(folder, "journal.jsonl");
        return !File.Exists(path) ? [] : [.. File.ReadLines(path).Where(line => line.EndsWith('}') && line.Contains("\"event\":\"Reply\"", StringComparison.Ordinal))
            .Select(line => line.Split("\"key\":\"")[1].Split('"')[0])];
    }

    private static string KeyOf(string text) => new ModelRequest
    {
        ItemId = "",
        Stage = InstructionTest.IsForQuestions(text) ? "questions" : "answer",
        Messages = [new Microsoft.Extensions.AI.ChatMessage(Microsoft.Extensions.AI.ChatRole.User, text)],
        Sampling = new SamplingOptions { Model = "m", MaxOutputTokens = 2_048 },
    }.GetKey();

    /// <summary>Runs the sample to its end; returns what is wrong, or nothing.</summary>
    private static async Task<string> RunAsync(FaultyEndpoint endpoint, string documents, string output, Action<Process> started)
    {
        ProcessStartInfo start = new(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["LOOPBACK_KEY"] = FaultyEndpoint.Key },
        };
        foreach (string argument in (string[])
            [
                Path.Combine(AppContext.BaseDirectory, "SelfInstruct.dll"), "--endpoint", endpoint.Address.ToString(), "--model", "m", "--key-variable", "LOOPBACK_KEY",
                "--documents", documents, "--min-tokens", "10", "--concurrency", "8", "--out", output,
            ])
        {
            start.ArgumentList.Add(argument);
        }

        using Process child = Process.Start(start)!;
        started(child);
        Task<string> text = child.StandardOutput.ReadToEndAsync();
        Task<string> errors = child.StandardError.ReadToEndAsync();
        await child.WaitForExitAsync();
        Assert.DoesNotContain(FaultyEndpoint.Key, await text + await errors, StringComparison.Ordinal);
        return child.ExitCode == 0 ? "" : $"exit code {child.ExitCode}: {await errors}";
    }
}
