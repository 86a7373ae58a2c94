using LongAlign.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>Turns a module into bfloat16 where it stands.</summary>
internal static class BFloat16
{
    /// <summary>The first parameter that is neither float32 nor bfloat16; null where there is none.</summary>
    public static (string Name, Parameter Parameter)? FindOther(nn.Module module)
    {
        foreach ((string name, Parameter parameter) in module.named_parameters())
        {
            if (parameter.dtype is not (ScalarType.Float32 or ScalarType.BFloat16))
            {
                return (name, parameter);
            }
        }

        return null;
    }

    /// <summary>Casts every parameter and buffer that is still float32, but for those of an <see cref="IFloat32Module"/>.</summary>
    public static void Cast(nn.Module module) => Cast(module, FindKept(module));

    private static void Cast(nn.Module module, IReadOnlySet<Tensor> kept)
    {
        if (module is IFloat32Module)
        {
            return;
        }

        foreach (Tensor tensor in module.parameters(recurse: false).Where(parameter => !kept.Contains(parameter)).Concat(module.buffers(recurse: false)))
        {
            Cast(tensor);
        }

        foreach (nn.Module child in module.children())
        {
            Cast(child, kept);
        }
    }

    /// <summary>The parameters that <see cref="Cast(nn.Module)"/> leaves as they are, wherever else they are tied to.</summary>
    public static IReadOnlySet<Tensor> FindKept(nn.Module module)
        => module.modules().Prepend(module).Where(part => part is IFloat32Module).SelectMany(part => part.parameters())
            .ToHashSet<Tensor>(SameWeight.Comparer);

    /// <summary>Gives a float32 tensor bfloat16 data: whoever holds the tensor holds the new data, as a module's fields do.</summary>
    public static void Cast(Tensor tensor)
    {
        if (tensor.dtype != ScalarType.Float32)
        {
            return;
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGrad = no_grad();
        tensor.grad = null; // of another dtype from now on
        Aten.Call("aten::set_data"u8, Aten.Arg(tensor), Aten.Arg(tensor.to(ScalarType.BFloat16)));
    }
}
