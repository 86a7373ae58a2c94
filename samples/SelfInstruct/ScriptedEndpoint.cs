using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SelfInstruct;

/// <summary>
/// An OpenAI-compatible server on loopback that plays an LLM by rule: about a document it asks which sentence follows another, and answers
/// with that sentence.
/// </summary>
internal sealed class ScriptedEndpoint : IAsyncDisposable
{
    public const string Key = "scripted";

    private const string Opening = "Which sentence follows this one: \"";
    private const int QuestionCount = 5;

    private readonly WebApplication _server;

    private ScriptedEndpoint(WebApplication server) => _server = server;

    /// <summary>The base URL.</summary>
    public Uri Address => new(new Uri(_server.Urls.Single()), "v1");

    public static async Task<ScriptedEndpoint> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        WebApplication server = builder.Build();
        server.Run(AnswerAsync);
        await server.StartAsync();
        return new ScriptedEndpoint(server);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path != "/v1/chat/completions")
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        using JsonDocument request = await JsonDocument.ParseAsync(context.Request.Body);
        JsonElement content = request.RootElement.GetProperty("messages").EnumerateArray().Last().GetProperty("content");
        string text = content.ValueKind == JsonValueKind.String ? content.GetString()! : string.Concat(content.EnumerateArray().Select(part => part.GetProperty("text").GetString()));
        string reply = Answer(text);
        await context.Response.WriteAsJsonAsync(new
        {
            id = "scripted",
            @object = "chat.completion",
            created = 0,
            model = "scripted",
            choices = new[] { new { index = 0, message = new { role = "assistant", content = reply }, finish_reason = "stop" } },
            usage = new { prompt_tokens = text.Length / 4, completion_tokens = reply.Length / 4, total_tokens = (text.Length / 4) + (reply.Length / 4) },
        });
    }

    private static string Answer(string text)
    {
        int border = text.LastIndexOf("\n\n", StringComparison.Ordinal);
        string document = border < 0 ? "" : text[..border];
        string task = border < 0 ? text : text[(border + 2)..];
        string[] sentences = [.. document.Split(". ").Select(sentence => sentence.Trim()).Where(sentence => sentence.Length > 20)];
        if (!task.StartsWith(Opening, StringComparison.Ordinal))
        {
            // Spread over the document.
            return string.Join('\n', Enumerable.Range(1, QuestionCount).Select(n => $"{n}: {Opening}{sentences[(sentences.Length - 1) * n / (QuestionCount + 1)]}\"?"));
        }

        int asked = Array.IndexOf(sentences, task[Opening.Length..^2]);
        return asked >= 0 && asked + 1 < sentences.Length ? $"It is followed by: {sentences[asked + 1]}." : "unknown";
    }
}
