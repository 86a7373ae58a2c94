using static TorchSharp.torch;

namespace LongAlign.Attention;

/// <summary>
/// The gradients that the last backward pass of an autograd function gave to the engine on this thread. The engine holds them, and nobody
/// else would dispose them: the function's next pass does.
/// </summary>
/// <typeparam name="TFunction">The function, which has its own gradients.</typeparam>
internal static class HandedOverGradients<TFunction>
{
    [ThreadStatic]
    private static Tensor[]? handedOver;

    /// <summary>Remembers gradients that no dispose scope owns, and gives them to the engine, with none for the last input, which is not a tensor.</summary>
    public static List<Tensor> HandOver(params Tensor[] gradients)
    {
        handedOver = gradients;
        return [.. gradients, null!];
    }

    /// <summary>Disposes what was handed over before.</summary>
    public static void DisposeLast()
    {
        foreach (Tensor tensor in handedOver ?? [])
        {
            tensor.Dispose();
        }

        handedOver = null;
    }
}
