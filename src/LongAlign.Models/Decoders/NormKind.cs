namespace LongAlign.Models.Decoders;

/// <summary>The formula of a norm.</summary>
internal enum NormKind
{
    /// <summary>w x / rms(x) (Zhang and Sennrich 2019).</summary>
    RootMeanSquare,

    /// <summary>(1 + w) x / rms(x), as in Gemma.</summary>
    RootMeanSquareFromOne,

    /// <summary>w (x - mean) / deviation + b (Ba et al. 2016).</summary>
    Layer,
}
