using LongAlign.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Attention;

/// <summary>The backends that can run on tensors of one kind, and the reasons why others can't.</summary>
/// <param name="DeviceType">The device of the tensors.</param>
/// <param name="Dtype">Their dtype.</param>
/// <param name="HeadDim">Their last dimension.</param>
/// <param name="ComputeCapability">Of the GPU they are on: 80 for 8.0. 0 elsewhere.</param>
/// <param name="HasWindow">Whether attention is limited to a window.</param>
/// <param name="HasSoftCap">Whether scores have a soft cap.</param>
internal readonly record struct BackendChoice(
    DeviceType DeviceType, ScalarType Dtype, int HeadDim, int ComputeCapability, bool HasWindow, bool HasSoftCap = false)
{
    private const int Ampere = 80;
    private const int MaxFlashHeadDim = 256;

    private static readonly AttentionBackend[] FastestFirst =
        [AttentionBackend.FlashVarlen, AttentionBackend.EfficientVarlen, AttentionBackend.PerSequence];

    public static BackendChoice For(Device device, ScalarType dtype, int headDim, AttentionOptions options) => new(
        device.type, dtype, headDim, device.type == DeviceType.CUDA ? CudaDevice.GetComputeCapability(device.index) : 0,
        options.Window is not null, options.SoftCap is not null);

    /// <summary>The backend wanted, or the fastest that can run.</summary>
    /// <exception cref="NotSupportedException">The backend wanted can't run.</exception>
    public AttentionBackend Choose(AttentionBackend wanted)
    {
        if (wanted != AttentionBackend.Automatic)
        {
            return WhyNot(wanted) is { } reason ? throw new NotSupportedException($"The attention backend {wanted} can't run: {reason}.") : wanted;
        }

        BackendChoice choice = this;
        return FastestFirst.First(backend => choice.WhyNot(backend) is null);
    }

    /// <summary>Returns the reason why a backend can't run; null if it can.</summary>
    public string? WhyNot(AttentionBackend backend) => backend switch
    {
        AttentionBackend.FlashVarlen or AttentionBackend.EfficientVarlen when DeviceType != DeviceType.CUDA
            => $"it needs tensors on a CUDA device; these are on {DeviceType}{(cuda.is_available() ? "" : ", and libtorch finds no CUDA device here")}",
        AttentionBackend.FlashVarlen or AttentionBackend.EfficientVarlen when HasSoftCap
            => "its kernel has no soft cap of scores",
        AttentionBackend.FlashVarlen when ComputeCapability < Ampere
            => $"it needs a GPU of compute capability 8.0 (Ampere) or newer; this one has {ComputeCapability / 10}.{ComputeCapability % 10}",
        AttentionBackend.FlashVarlen when Dtype is not (ScalarType.Float16 or ScalarType.BFloat16)
            => $"it takes Float16 and BFloat16, not {Dtype}",
        AttentionBackend.FlashVarlen when HeadDim % 8 != 0 || HeadDim > MaxFlashHeadDim
            => $"head_dim is {HeadDim}; it takes multiples of 8 up to {MaxFlashHeadDim}",
        AttentionBackend.EfficientVarlen when Dtype is not (ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16)
            => $"it takes Float32, Float16 and BFloat16, not {Dtype}",
        AttentionBackend.EfficientVarlen when Dtype == ScalarType.BFloat16 && ComputeCapability < Ampere
            => $"for BFloat16 it needs a GPU of compute capability 8.0 (Ampere) or newer; this one has {ComputeCapability / 10}.{ComputeCapability % 10}",
        AttentionBackend.EfficientVarlen when HeadDim % (Dtype == ScalarType.Float32 ? 4 : 8) != 0
            => $"head_dim is {HeadDim}; for {Dtype} it takes multiples of {(Dtype == ScalarType.Float32 ? 4 : 8)}",
        AttentionBackend.EfficientVarlen when HasWindow
            => "libtorch's gradient of it leaves the window out",
        _ => null,
    };
}
