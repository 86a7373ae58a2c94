using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace LongAlign.Testing.Http;

/// <summary>What can go wrong with a reply.</summary>
public static class HttpFault
{
    public static async Task<bool> MakeAsync(string kind, HttpContext context)
    {
        switch (kind)
        {
            case "429":
                context.Response.StatusCode = 429;
                context.Response.Headers.RetryAfter = 1.ToString(CultureInfo.InvariantCulture);
                return await WriteAsync(context, """{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}""");
            case "500":
                context.Response.StatusCode = 500;
                return true;
            case "time-out":
                await Task.Delay(TimeSpan.FromSeconds(20), context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                return true;
            case "cut":
                context.Response.ContentLength = 1_000;
                await WriteAsync(context, """{"id":"1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"1: Wh""");
                context.Abort();
                return true;
            case "malformed":
                return await WriteAsync(context, """{"id":"1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"1: Wh""");
            case "page":
                context.Response.ContentType = "text/html";
                return await WriteAsync(context, "<html><body>Bad gateway</body></html>");
            case "no choices":
                return await WriteAsync(context, """{"id":"1","object":"chat.completion","created":0,"model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":0,"total_tokens":1}}""");
            default:
                return true;
        }
    }

    public static async Task<bool> WriteAsync(HttpContext context, string body)
    {
        context.Response.ContentType ??= "application/json";
        await context.Response.WriteAsync(body);
        await context.Response.Body.FlushAsync();
        return true;
    }
}
