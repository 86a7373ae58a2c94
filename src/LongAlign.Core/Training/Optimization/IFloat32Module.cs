namespace LongAlign.Training;

/// <summary>A part of a model whose parameters and buffers stay float32 in mixed precision, as the weights of an adapter do.</summary>
/// <remarks>Its forward pass takes and returns what the parts around it compute in: bfloat16.</remarks>
public interface IFloat32Module
{
}
