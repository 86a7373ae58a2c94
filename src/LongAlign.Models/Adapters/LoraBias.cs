namespace LongAlign.Models.Adapters;

/// <summary>The biases of a model that are trained and saved with an adapter.</summary>
public enum LoraBias
{
    /// <summary>None.</summary>
    None,

    /// <summary>All biases of the model.</summary>
    All,

    /// <summary>The biases of the adapted linear maps.</summary>
    LoraOnly,
}
