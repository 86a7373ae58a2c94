namespace LongAlign.Requests.Tests;

/// <summary>An exception with status and headers under the names that System.ClientModel and Azure.Core use.</summary>
public sealed class StatusException(int status, string message, params (string Name, string Value)[] headers) : Exception(message)
{
    public int Status => status;

    public Response GetRawResponse() => new(headers.ToDictionary(header => header.Name, header => header.Value));

    public sealed record Response(Dictionary<string, string> Headers);
}
