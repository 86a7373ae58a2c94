namespace LongAlign.Requests.Tests;

public class SecretTests
{
    private const string Key = "my secret!";

    [Theory]
    [InlineData("Incorrect API key provided: my secret!. See the manual.", "my secret!")]
    [InlineData("Authorization: Bearer abc", "abc")]
    [InlineData("bad key sk-proj-Ab1_cd-EF", "Ab1_cd-EF")]
    [InlineData("header api-key=0123456789abcdef0123456789abcdef is unknown", "0123456789abcdef")]
    [InlineData("header x-key: AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY", "AIzaSyD")]
    public async Task A_key_that_a_provider_repeats_is_in_no_message_and_no_journal(string message, string secret)
    {
        foreach (int status in (int[])[400, 401, 500])
        {
            using TemporaryFolder folder = new();
            RequestRunnerOptions options = RequestTest.Quick with { MaxAttempts = 2, Secrets = [Key] };
            ScriptedClient client = new((_, _) => throw new StatusException(status, message));
            RequestRunException e = await Assert.ThrowsAsync<RequestRunException>(() => RequestTest.RunAsync(client, folder.File("journal"), ["a"], options));
            Assert.DoesNotContain(secret, e.ToString(), StringComparison.Ordinal);
            Assert.Contains("[redacted]", e.ToString(), StringComparison.Ordinal);
            string journal = File.ReadAllText(folder.File("journal"));
            Assert.DoesNotContain(secret, journal, StringComparison.Ordinal);
            Assert.Contains($"HTTP {status}", journal, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_message_without_secrets_stays_readable()
    {
        const string message = "This model's maximum context length is 131072 tokens. However, your messages resulted in 140000 tokens.";
        Assert.Equal($"HTTP 400: {message}", (await RequestTest.FailureOf(new StatusException(400, message))).Message);
    }
}
