namespace LongAlign.Data;

/// <summary>What happens to a row that is no conversation.</summary>
public enum BadRowPolicy
{
    /// <summary>Reading fails with an error that names file and line.</summary>
    Throw,

    /// <summary>The row is left out and counted in the report.</summary>
    Skip,
}
