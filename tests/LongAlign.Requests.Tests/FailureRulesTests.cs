using System.Net;

namespace LongAlign.Requests.Tests;

public class FailureRulesTests
{
    public static TheoryData<Exception, RequestFailureKind, bool> Failures => new()
    {
        { new StatusException(400, ""), RequestFailureKind.PermanentForItem, false },
        { new StatusException(413, ""), RequestFailureKind.PermanentForItem, false },
        { new StatusException(422, ""), RequestFailureKind.PermanentForItem, false },
        { new StatusException(408, ""), RequestFailureKind.Retryable, true },
        { new StatusException(500, ""), RequestFailureKind.Retryable, false },
        { new StatusException(504, ""), RequestFailureKind.Retryable, true },
        { new StatusException(429, ""), RequestFailureKind.RateLimited, false },
        { new StatusException(503, ""), RequestFailureKind.RateLimited, false },
        { new InvalidOperationException("outer", new StatusException(400, "")), RequestFailureKind.PermanentForItem, false },
        { new HttpRequestException("", null, HttpStatusCode.TooManyRequests), RequestFailureKind.RateLimited, false },
        { new HttpRequestException(HttpRequestError.ConnectionError), RequestFailureKind.Retryable, false },
        { new HttpRequestException(HttpRequestError.ResponseEnded), RequestFailureKind.Retryable, true },
        { new TaskCanceledException("the client's own time-out"), RequestFailureKind.RateLimited, true },
        { new System.Text.Json.JsonException("cut"), RequestFailureKind.Retryable, true },
        { new ArgumentOutOfRangeException("no choice"), RequestFailureKind.Retryable, true },
        { new ArgumentException("an option that the client has no place for"), RequestFailureKind.PermanentForItem, false },
        { new ArgumentNullException("messages"), RequestFailureKind.PermanentForItem, false },
        { new NotImplementedException(), RequestFailureKind.PermanentForItem, false },
        { new NotSupportedException("no such role"), RequestFailureKind.PermanentForItem, false },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public async Task Failures_are_told_apart(Exception exception, RequestFailureKind kind, bool mayBePaid)
    {
        RequestFailure failure = await RequestTest.FailureOf(exception);
        Assert.Equal((kind, mayBePaid), (failure.Kind, failure.MayBePaid));
    }

    [Theory]
    [InlineData("retry-after", "7", 7.0)]
    [InlineData("retry-after", "0.5", 0.5)]
    [InlineData("retry-after-ms", "250", 0.25)]
    [InlineData("retry-after", "soon", null)]
    [InlineData("retry-after", "1e999", null)]
    [InlineData("retry-after", "-3", null)]
    [InlineData("retry-after", "99999999999999999999", 3.2e7)]
    [InlineData("other", "7", null)]
    public async Task Retry_After_is_read_in_all_its_forms(string header, string value, double? seconds)
        => Assert.Equal(seconds, (await RequestTest.FailureOf(new StatusException(500, "", (header, value)))).RetryAfter?.TotalSeconds);

    [Fact]
    public async Task Retry_After_may_be_a_date()
    {
        string date = DateTimeOffset.UtcNow.AddSeconds(100).ToString("R");
        Assert.InRange((await RequestTest.FailureOf(new StatusException(500, "", ("retry-after", date)))).RetryAfter!.Value.TotalSeconds, 90, 100);
    }

    [Fact]
    public async Task A_users_own_rule_comes_first()
    {
        RequestFailure own = new(RequestFailureKind.PermanentForItem, "moderated");
        Assert.Equal(own, await RequestTest.FailureOf(new StatusException(403, ""), RequestTest.Quick with { Classify = _ => own }));
    }
}
