namespace LongAlign.Models.Generation;

/// <summary>The reason why generation of a sequence ended.</summary>
public enum FinishReason
{
    /// <summary>A stop token came.</summary>
    Stop,

    /// <summary>There are as many new tokens as were asked for, or the model has no position for another.</summary>
    Length,
}
