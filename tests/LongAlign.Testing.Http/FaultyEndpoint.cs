using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using OpenAI;

namespace LongAlign.Testing.Http;

/// <summary>An OpenAI-compatible server on loopback that answers by a script, but where a fault comes first.</summary>
public sealed class FaultyEndpoint : IAsyncDisposable
{
    public const string Key = "sk-loopback-0123456789-secret";

    private readonly WebApplication _server;
    private readonly Func<int, string, HttpContext, Task<bool>> _fault;
    private readonly Func<string, string> _answer;
    private readonly List<string> _texts = [];

    private FaultyEndpoint(WebApplication server, Func<int, string, HttpContext, Task<bool>> fault, Func<string, string> answer)
    {
        _server = server;
        _fault = fault;
        _answer = answer;
    }

    public Uri Address => new(new Uri(_server.Urls.Single()), "v1");

    /// <summary>The texts of all requests that came, in order.</summary>
    public IReadOnlyList<string> Texts
    {
        get
        {
            lock (_texts)
            {
                return [.. _texts];
            }
        }
    }

    /// <summary>Starts a server.</summary>
    /// <param name="answer">The answer to a text.</param>
    /// <param name="fault">Gets the number of a request, from 1, and its text; returns whether it dealt with the request.</param>
    public static async Task<FaultyEndpoint> StartAsync(Func<string, string> answer, Func<int, string, HttpContext, Task<bool>>? fault = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        WebApplication server = builder.Build();
        FaultyEndpoint endpoint = new(server, fault ?? ((_, _, _) => Task.FromResult(false)), answer);
        server.Run(endpoint.AnswerAsync);
        await server.StartAsync();
        return endpoint;
    }

    public IChatClient CreateClient() => CreateClient(Address);

    public static IChatClient CreateClient(Uri address) => new OpenAIClient(new ApiKeyCredential(Key), new OpenAIClientOptions
    {
        Endpoint = address,
        RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
        NetworkTimeout = Timeout.InfiniteTimeSpan,
    }).GetChatClient("m").AsIChatClient();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using JsonDocument request = await JsonDocument.ParseAsync(context.Request.Body);
        JsonElement content = request.RootElement.GetProperty("messages").EnumerateArray().Last().GetProperty("content");
        string text = content.ValueKind == JsonValueKind.String ? content.GetString()! : string.Concat(content.EnumerateArray().Select(part => part.GetProperty("text").GetString()));
        int number;
        lock (_texts)
        {
            _texts.Add(text);
            number = _texts.Count;
        }

        if (await _fault(number, text, context))
        {
            return;
        }

        string reply = _answer(text);
        await context.Response.WriteAsJsonAsync(new
        {
            id = "1",
            @object = "chat.completion",
            created = 0,
            model = "m-2026",
            choices = new[] { new { index = 0, message = new { role = "assistant", content = reply }, finish_reason = "stop" } },
            usage = new { prompt_tokens = text.Length, completion_tokens = reply.Length, total_tokens = text.Length + reply.Length, prompt_tokens_details = new { cached_tokens = 7 } },
        });
    }
}
