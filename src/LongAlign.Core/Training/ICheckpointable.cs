namespace LongAlign.Training;

/// <summary>A model that knows how its weights are saved in a checkpoint, and restored from it.</summary>
/// <remarks>
/// A module that does not implement it is saved as well: all its named parameters and buffers, as safetensors. Implement it to
/// write a folder that other programs can read, or less than all weights. Called on the training thread.
/// </remarks>
public interface ICheckpointable
{
    /// <summary>Writes the weights exactly, bit for bit.</summary>
    /// <param name="folder">An existing, empty folder. Everything in it becomes part of the checkpoint, with its hash.</param>
    /// <exception cref="IOException">A file could not be written: the checkpoint is given up and training stops.</exception>
    void SaveWeights(string folder);

    /// <summary>Restores the weights that <see cref="SaveWeights"/> wrote, bit for bit.</summary>
    /// <param name="folder">The folder, checked: every file is as it was written.</param>
    /// <exception cref="IOException">The weights are not those of this model.</exception>
    void LoadWeights(string folder);
}
