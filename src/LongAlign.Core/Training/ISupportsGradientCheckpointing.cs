namespace LongAlign.Training;

/// <summary>A model that can forget what its layers compute and compute it again in the backward pass.</summary>
public interface ISupportsGradientCheckpointing
{
    /// <summary>Gets or sets whether it does; see <see cref="GradientCheckpoint"/>.</summary>
    /// <value>False by default.</value>
    bool UsesGradientCheckpointing { get; set; }
}
