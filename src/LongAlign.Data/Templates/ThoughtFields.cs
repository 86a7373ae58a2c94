namespace LongAlign.Data;

/// <summary>The fields of messages in which thoughts stand.</summary>
internal static class ThoughtFields
{
    public static readonly string[] Names = ["reasoning_content", "reasoning", "thinking"];
}
