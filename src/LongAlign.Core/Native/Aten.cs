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

    public static ulong Arg(long value) => (ulong)value;

    public static ulong Arg(double value) => BitConverter.DoubleToUInt64Bits(value);

    public static ulong Arg(bool value) => value ? 1UL : 0UL;

    /// <summary>An optional tensor argument.</summary>
    public static ulong Optional(Tensor? tensor) => tensor is null ? None : Some(Arg(tensor));

    /// <summary>An optional number.</summary>
    public static ulong Optional(double? value) => value is { } number ? Some(Arg(number)) : None;

    /// <summary>An optional number.</summary>
    public static ulong Optional(long? value) => value is { } number ? Some(Arg(number)) : None;

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
        Span<ulong> result = stackalloc ulong[1];
        Call(name, result, arguments);
        return result[0];
    }

    /// <summary>Calls an operator that returns several values: tensors as handles that the caller owns, in the order of its schema.</summary>
    public static void Call(ReadOnlySpan<byte> name, Span<ulong> results, ReadOnlySpan<ulong> arguments)
    {
        int size = Math.Max(arguments.Length, results.Length);
        ulong* stack = stackalloc ulong[size];
        arguments.CopyTo(new Span<ulong>(stack, size));
        byte noOverload = 0;
        fixed (byte* operatorName = name)
        {
            Check(torch_call_dispatcher(operatorName, &noOverload, stack, aoti_torch_abi_version()), Encoding.UTF8.GetString(name));
        }

        new Span<ulong>(stack, results.Length).CopyTo(results);
    }

    /// <summary>A tensor that an operator returned; it joins the current dispose scope.</summary>
    public static Tensor ToTensor(ulong result) => Tensor.UnsafeCreateTensor((IntPtr)result);

    /// <summary>The address of a tensor's first number, on its device; zero where it holds none.</summary>
    public static IntPtr DataPointer(Tensor tensor)
    {
        Check(aoti_torch_get_data_ptr(tensor.Handle, out IntPtr data), "aoti_torch_get_data_ptr");
        return data;
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
    private static partial int aoti_torch_get_data_ptr(IntPtr tensor, out IntPtr data);

    [LibraryImport("torch_cpu")]
    private static partial ulong aoti_torch_abi_version();

    [LibraryImport("torch_cpu")]
    private static partial int torch_new_list_reserve_size(nuint size, out IntPtr list);

    [LibraryImport("torch_cpu")]
    private static partial int torch_list_push_back(IntPtr list, ulong value);
}
