using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace LongAlign.Native;

/// <summary>
/// Operators of libtorch that TorchSharp does not bind, called through libtorch's stable C interface
/// (<c>torch_call_dispatcher</c>), gradients included. All arguments are positional; none may be left out.
/// </summary>
internal static unsafe partial class Aten
{
    /// <summary>The absent value of an optional argument.</summary>
    public const ulong None = 0;

    /// <summary>A tensor argument: a new handle, which the operator consumes.</summary>
    public static ulong Arg(Tensor tensor)
    {
        Check(aoti_torch_new_tensor_handle(tensor.Handle, out IntPtr handle), "aoti_torch_new_tensor_handle");
        return (ulong)handle;
    }

    public static ulong Arg(double value) => BitConverter.DoubleToUInt64Bits(value);

    public static ulong Arg(bool value) => value ? 1UL : 0UL;

    /// <summary>A list of tensors, consumed by the operator.</summary>
    public static ulong Arg(IReadOnlyCollection<Tensor> tensors)
    {
        Check(torch_new_list_reserve_size((nuint)tensors.Count, out IntPtr list), "torch_new_list_reserve_size");
        foreach (Tensor tensor in tensors)
        {
            Check(torch_list_push_back(list, Arg(tensor)), "torch_list_push_back");
        }

        return (ulong)list;
    }

    /// <summary>An optional argument with a value; libtorch frees the cell.</summary>
    public static ulong Some(ulong value)
    {
        ulong* cell = (ulong*)NativeMemory.Alloc(sizeof(ulong));
        *cell = value;
        return (ulong)cell;
    }

    /// <summary>Calls an operator that returns one tensor; the tensor joins the current dispose scope.</summary>
    public static Tensor CallForTensor(ReadOnlySpan<byte> name, params ReadOnlySpan<ulong> arguments)
        => Tensor.UnsafeCreateTensor((IntPtr)Call(name, arguments));

    /// <summary>Calls an operator that returns one value or nothing.</summary>
    public static ulong Call(ReadOnlySpan<byte> name, params ReadOnlySpan<ulong> arguments)
    {
        ulong* stack = stackalloc ulong[Math.Max(arguments.Length, 1)];
        arguments.CopyTo(new Span<ulong>(stack, arguments.Length));
        byte noOverload = 0;
        fixed (byte* operatorName = name)
        {
            Check(torch_call_dispatcher(operatorName, &noOverload, stack, aoti_torch_abi_version()), Encoding.UTF8.GetString(name));
        }

        return stack[0];
    }

    private static void Check(int status, string name)
    {
        if (status != 0)
        {
            throw new InvalidOperationException($"libtorch refused {name}; it has written the reason to the standard error stream.");
        }
    }

    [LibraryImport("torch_cpu")]
    private static partial int torch_call_dispatcher(byte* name, byte* overload, ulong* stack, ulong abi);

    [LibraryImport("torch_cpu")]
    private static partial int aoti_torch_new_tensor_handle(IntPtr tensor, out IntPtr handle);

    [LibraryImport("torch_cpu")]
    private static partial ulong aoti_torch_abi_version();

    [LibraryImport("torch_cpu")]
    private static partial int torch_new_list_reserve_size(nuint size, out IntPtr list);

    [LibraryImport("torch_cpu")]
    private static partial int torch_list_push_back(IntPtr list, ulong value);
}
