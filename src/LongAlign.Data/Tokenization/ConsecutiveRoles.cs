namespace LongAlign.Data;

/// <summary>What happens to messages of the same role that follow one another.</summary>
public enum ConsecutiveRoles
{
    /// <summary>The conversation has no place in a template.</summary>
    Refuse,

    /// <summary>They are laid together with an empty line between them.</summary>
    Merge,
}
