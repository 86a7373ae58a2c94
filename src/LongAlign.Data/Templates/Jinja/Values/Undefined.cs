namespace LongAlign.Data.Templates.Jinja;

/// <summary>The value of a name that is not defined: prints as nothing, is false and empty; any other use is an error.</summary>
/// <param name="reason">A text that says what is missing.</param>
internal sealed class Undefined(string reason)
{
    public string Reason { get; } = reason;

    public JinjaException Fault() => new(Reason);
}
