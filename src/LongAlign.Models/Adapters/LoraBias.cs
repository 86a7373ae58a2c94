namespace LongAlign.Models.Adapters;

/// <summary>Which biases of a model are trained and saved with an adapter.</summary>
public enum LoraBias
{
    /// <summary>None.</summary>
    None,

    /// <summary>All of the model.</summary>
    All,

    /// <summary>Those of the adapted linear maps.</summary>
    LoraOnly,
}
