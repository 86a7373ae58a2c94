using LongAlign.Native;

namespace LongAlign.Attention;

/// <summary>The options of attention: which tokens of its sequence a token attends to, and the algorithm.</summary>
public sealed record AttentionOptions
{
    /// <summary>Gets the options used where none are given.</summary>
    public static AttentionOptions Default { get; } = new();

    /// <summary>Gets whether a token attends only to itself and to tokens before it.</summary>
    /// <value>True by default.</value>
    public bool Causal { get; init; } = true;

    /// <summary>Gets the factor of the scores.</summary>
    /// <value>Null: 1 / sqrt(head_dim).</value>
    public double? Scale { get; init; }

    /// <summary>
    /// Gets the sliding window in tokens, at least 1: token i attends to token j where i - j is less than it and, if attention is not
    /// causal, j - i too. A window of 1 leaves each token with itself.
    /// </summary>
    /// <value>Null: the whole sequence.</value>
    public int? Window { get; init; }

    /// <summary>
    /// Gets the soft cap c of the scores, which become c tanh(score / c) before the softmax (Gemma 2). <see cref="AttentionBackend.PerSequence"/>
    /// and <see cref="AttentionBackend.DenseMask"/> can run it.
    /// </summary>
    /// <value>Null: none; else above 0.</value>
    public double? SoftCap { get; init; }

    /// <summary>Gets the backend.</summary>
    /// <value><see cref="AttentionBackend.Automatic"/> by default; another one runs or throws.</value>
    public AttentionBackend Backend { get; init; } = AttentionBackend.Automatic;

    internal void ThrowIfInvalid(string parameter)
    {
        if (Scale is { } scale && !double.IsFinite(scale))
        {
            throw new ArgumentException($"Scale is {scale}; expected a finite number.", parameter);
        }

        if (Window < 1)
        {
            throw new ArgumentException($"Window is {Window}; expected at least 1 token.", parameter);
        }

        if (SoftCap is { } cap && !(double.IsFinite(cap) && cap > 0))
        {
            throw new ArgumentException($"SoftCap is {cap}; expected a number above 0.", parameter);
        }

        if (!Enum.IsDefined(Backend))
        {
            throw new ArgumentException(UndefinedValue.Message(Backend, "a backend"), parameter);
        }
    }
}
