using System.Globalization;
using System.Reflection;

namespace LongAlign.Requests;

/// <summary>
/// The rules that classify an exception of a chat client. Clients throw their own types, which this library does not reference: an HTTP
/// status and headers are looked for by the names that System.ClientModel and Azure.Core give them.
/// </summary>
internal static class FailureRules
{
    /// <summary>Classifies an exception; the message is the provider's own and may hold secrets.</summary>
    public static RequestFailure Classify(Exception exception, TimeProvider clock)
    {
        Exception[] chain = [.. Chain(exception)];
        if (chain.Select(Status).FirstOrDefault(status => status is not null) is { } found)
        {
            return OfStatus(found, exception.Message, chain.Select(e => RetryAfter(e, clock)).FirstOrDefault(wait => wait is not null));
        }

        string message = string.Join(": ", chain.Select(e => $"{e.GetType().Name}: {e.Message}").Distinct());
        if (chain.OfType<TimeoutException>().Any() || chain.OfType<OperationCanceledException>().Any())
        {
            return new RequestFailure(RequestFailureKind.RateLimited, message) { MayBePaid = true };
        }

        if (exception is ObjectDisposedException)
        {
            return new RequestFailure(RequestFailureKind.PermanentForRun, message);
        }

        // A client that refuses the request refuses it every time. Arguments out of range are something else: what clients come to over a malformed reply.
        if (exception is NotSupportedException or NotImplementedException or (ArgumentException and not ArgumentOutOfRangeException))
        {
            return new RequestFailure(RequestFailureKind.PermanentForItem, message);
        }

        bool isUnsent = chain.OfType<HttpRequestException>().Any(e => e.HttpRequestError
            is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError);
        return new RequestFailure(RequestFailureKind.Retryable, message) { MayBePaid = !isUnsent };
    }

    private static RequestFailure OfStatus(int status, string message, TimeSpan? retryAfter)
    {
        RequestFailureKind kind = status switch
        {
            // The provider speaks of money, not of speed: waiting does not help.
            429 when message.Contains("insufficient_quota", StringComparison.OrdinalIgnoreCase)
                || message.Contains("billing", StringComparison.OrdinalIgnoreCase) => RequestFailureKind.PermanentForRun,
            429 or 503 or 529 => RequestFailureKind.RateLimited,
            401 or 402 or 403 or 404 => RequestFailureKind.PermanentForRun,
            408 or 409 or 425 or >= 500 => RequestFailureKind.Retryable,
            >= 400 => RequestFailureKind.PermanentForItem,
            _ => RequestFailureKind.Retryable,
        };
        return new RequestFailure(kind, string.Create(CultureInfo.InvariantCulture, $"HTTP {status}: {message}"))
        {
            RetryAfter = retryAfter,
            MayBePaid = status is < 400 or 408 or 504,
        };
    }

    private static IEnumerable<Exception> Chain(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            yield return exception;
        }
    }

    private static int? Status(Exception exception)
        => exception is HttpRequestException { StatusCode: { } code } ? (int)code
            : exception.GetType().GetProperty("Status", typeof(int))?.GetValue(exception) is int status and >= 100 ? status
            : null;

    private static TimeSpan? RetryAfter(Exception exception, TimeProvider clock)
    {
        object? response = exception.GetType().GetMethod("GetRawResponse", Type.EmptyTypes)?.Invoke(exception, null);
        object? headers = response?.GetType().GetProperty("Headers")?.GetValue(response);
        MethodInfo? find = headers?.GetType().GetMethod("TryGetValue", [typeof(string), typeof(string).MakeByRefType()]);
        string? Header(string name)
        {
            object?[] arguments = [name, null];
            return find?.Invoke(headers, arguments) is true ? (string?)arguments[1] : null;
        }

        return Number(Header("retry-after-ms")) is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds)
            : Header("retry-after") is not { } text ? null
            : Number(text) is { } seconds ? TimeSpan.FromSeconds(seconds)
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date)
                ? TimeSpan.FromTicks(Math.Max(0, (date - clock.GetUtcNow()).Ticks))
            : null;
    }

    /// <summary>A number of at most a year's seconds, so that a time span holds it.</summary>
    private static double? Number(string? text)
        => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) ? Math.Min(number, 3.2e7) : null;
}
