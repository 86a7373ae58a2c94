namespace LongAlign.Training;

/// <summary>Reports errors of a backward pass that could not be thrown from within it.</summary>
public static class BackwardPass
{
    /// <summary>Throws if the last backward pass of this thread failed. The trainer calls it; your own loop may.</summary>
    /// <exception cref="InvalidOperationException">A <see cref="GuardedFunction{T}"/> or a piece under <see cref="GradientCheckpoint"/> failed; gradients are incomplete.</exception>
    public static void ThrowIfFailed() => GradientCheckpoint.EndBackward();
}
