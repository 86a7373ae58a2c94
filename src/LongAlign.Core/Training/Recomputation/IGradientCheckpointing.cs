namespace LongAlign.Training;

/// <summary>A model that can compute its layers again in the backward pass, to keep less from the forward pass (<see cref="GradientCheckpoint"/>).</summary>
public interface IGradientCheckpointing
{
    /// <summary>Whether it does; off by default. Without gradients it makes no difference.</summary>
    bool GradientCheckpointing { get; set; }
}
