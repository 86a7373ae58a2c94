using LongAlign.Cli.Recipes;
using LongAlign.Models;
using static TorchSharp.torch;

namespace LongAlign.Cli.Sources;

/// <summary>Models of folders.</summary>
internal static class LocalModels
{
    /// <summary>Reads a model, or makes one with random weights; the caller disposes it.</summary>
    /// <param name="recipe">The model.</param>
    /// <param name="seed">Decides random weights.</param>
    /// <param name="localRank">The number of this process among those on its machine; it takes the GPU of that number.</param>
    public static CausalLanguageModel Load(ModelRecipe recipe, ulong seed, int localRank)
    {
        Device device = DeviceOf(recipe.Device);
        if (device.type == TorchSharp.DeviceType.CUDA)
        {
            device = new Device(device.type, localRank % cuda.device_count());
        }

        CausalLanguageModel model = recipe.RandomWeights
            ? CausalLanguageModel.Create(ModelConfig.Load(recipe.Folder), seed, DtypeOf(recipe.Dtype), device)
            : CausalLanguageModel.FromPretrained(recipe.Folder, DtypeOf(recipe.Dtype), device);
        if (recipe.ExtendContext)
        {
            model.ExtendContext();
        }

        return model;
    }

    public static ScalarType DtypeOf(ModelDtype dtype) => dtype == ModelDtype.Bfloat16 ? ScalarType.BFloat16 : ScalarType.Float32;

    public static Device DeviceOf(ModelDevice device) => device switch
    {
        ModelDevice.Cpu => CPU,
        ModelDevice.Cuda when !cuda.is_available() => throw new NotSupportedException("There is no GPU that this tool can use; 'longalign doctor' says why."),
        ModelDevice.Cuda => CUDA,
        _ => cuda.is_available() ? CUDA : CPU,
    };
}
