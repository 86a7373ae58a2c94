namespace LongAlign.Data;

/// <summary>The policy for consecutive messages of the same role.</summary>
public enum ConsecutiveRoles
{
    /// <summary>The conversation has no place in a template.</summary>
    Refuse,

    /// <summary>They are laid together with an empty line between them.</summary>
    Merge,
}
