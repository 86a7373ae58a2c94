using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace LongAlign.Cli.Tests;

/// <summary>An OpenAI-compatible endpoint on loopback whose replies are a function of the last message.</summary>
public sealed class ScriptedServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<string, string> _reply;
    private readonly int _status;
    private readonly string? _body;
    private readonly Task _serving;
    private int _calls;

    /// <param name="reply">The text of the answer.</param>
    /// <param name="status">The status, where the endpoint fails.</param>
    /// <param name="body">What is sent in place of an answer.</param>
    public ScriptedServer(Func<string, string> reply, int status = 200, string? body = null)
    {
        _reply = reply;
        (_status, _body) = (status, body);
        using (TcpListener free = new(IPAddress.Loopback, 0))
        {
            free.Start();
            Url = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}";
        }

        _listener.Prefixes.Add($"{Url}/");
        _listener.Start();
        _serving = Task.Run(ServeAsync);
    }

    public string Url { get; }

    public int Calls => _calls;

    public void Dispose()
    {
        _listener.Close();
        _serving.Wait();
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            Interlocked.Increment(ref _calls);
            using JsonDocument request = await JsonDocument.ParseAsync(context.Request.InputStream);
            JsonElement content = request.RootElement.GetProperty("messages").EnumerateArray().Last().GetProperty("content");
            string text = content.ValueKind == JsonValueKind.String ? content.GetString()! : string.Concat(content.EnumerateArray().Select(part => part.GetProperty("text").GetString()));
            context.Response.ContentType = "application/json";
            context.Response.StatusCode = _status;
            if (_body is not null)
            {
                await context.Response.OutputStream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(_body));
                context.Response.Close();
                continue;
            }

            await JsonSerializer.SerializeAsync(context.Response.OutputStream, new
            {
                id = "scripted",
                @object = "chat.completion",
                created = 0,
                model = "scripted",
                choices = new[] { new { index = 0, message = new { role = "assistant", content = _reply(text) }, finish_reason = "stop" } },
                usage = new { prompt_tokens = 10, completion_tokens = 5, total_tokens = 15 },
            });
            context.Response.Close();
        }
    }
}
