namespace LongAlign.Data;

/// <summary>The policy for rows that are not conversations.</summary>
public enum BadRowPolicy
{
    /// <summary>Reading fails with an error that names file and line.</summary>
    Throw,

    /// <summary>The row is left out and counted in the report.</summary>
    Skip,
}
