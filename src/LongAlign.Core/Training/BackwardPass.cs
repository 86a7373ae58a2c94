namespace LongAlign.Training;

/// <summary>What a backward pass could not say itself.</summary>
public static class BackwardPass
{
    /// <summary>Throws what went wrong in the last backward pass of this thread, if anything did. The trainer calls it; your own loop may.</summary>
    /// <exception cref="InvalidOperationException">A <see cref="GuardedFunction{T}"/> or a piece under <see cref="GradientCheckpoint"/> failed; gradients are incomplete.</exception>
    public static void ThrowIfFailed() => GradientCheckpoint.EndBackward();
}
