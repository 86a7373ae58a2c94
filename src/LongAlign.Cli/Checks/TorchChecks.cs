using System.Globalization;
using LongAlign.Native;
using static TorchSharp.torch;

namespace LongAlign.Cli.Checks;

/// <summary>Checks of libtorch and of what it computes on.</summary>
internal static class TorchChecks
{
    /// <summary>Whether libtorch loads and computes.</summary>
    /// <param name="ensureAvailable">Throws where it does not load.</param>
    public static CheckResult Libtorch(Action ensureAvailable)
    {
        try
        {
            ensureAvailable();
        }
        catch (TorchUnavailableException e)
        {
            return new CheckResult("libtorch", CheckStatus.Failed, "does not load; plan, tokenize, pack and generate-data work without it", e.Message);
        }

        using Tensor matrix = ones(64, 64);
        using Tensor product = matrix.matmul(matrix);
        using Tensor sum = product.sum();
        return sum.item<float>() == 64 * 64 * 64
            ? new CheckResult("libtorch", CheckStatus.Ok, string.Create(CultureInfo.InvariantCulture, $"{__version__}, computes, {get_num_threads()} threads"))
            : new CheckResult("libtorch", CheckStatus.Failed, $"{__version__}, computes wrongly", "Report this with the name of the processor.");
    }

    /// <summary>Whether a GPU can be used.</summary>
    /// <param name="isAvailable">Whether libtorch can.</param>
    /// <param name="driver">The driver's report of GPUs; null without a driver.</param>
    public static CheckResult Gpu(bool isAvailable, string? driver) => (isAvailable, driver) switch
    {
        (true, _) => new CheckResult("GPU", CheckStatus.Ok, driver ?? "libtorch can use one"),
        (false, not null) => new CheckResult(
            "GPU", CheckStatus.Advice, $"{driver}, and this tool has libtorch for the CPU",
            "Run the tool from the repository with the CUDA backend: dotnet run --project src/LongAlign.Cli -c Release -p:TorchBackend=cuda-linux (or cuda-windows) -- COMMAND"),
        _ => new CheckResult("GPU", CheckStatus.Advice, "none; models of billions of parameters train for weeks on a CPU", "Try recipes here, and train large models on a machine with an NVIDIA GPU."),
    };
}
