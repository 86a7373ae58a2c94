namespace LongAlign.Native;

/// <summary>The message about a value that an enum does not have.</summary>
internal static class UndefinedValue
{
    /// <param name="value">The value.</param>
    /// <param name="kind">What it should be, such as "a composition".</param>
    public static string Message<T>(T value, string kind)
        where T : struct, Enum
        => $"{value} is not {kind}; expected {string.Join(", ", Enum.GetNames<T>())}.";
}
