using LongAlign.Attention;
using LongAlign.Collation;
using LongAlign.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Attention;

public sealed class AttentionBackendTests
{
    private const int Hopper = 90;
    private const int Ampere = 80;
    private const int Turing = 75;

    [Theory]
    [InlineData(DeviceType.CPU, ScalarType.Float32, 64, 0, false, AttentionBackend.PerSequence)]
    [InlineData(DeviceType.CPU, ScalarType.BFloat16, 64, 0, true, AttentionBackend.PerSequence)]
    [InlineData(DeviceType.CUDA, ScalarType.BFloat16, 128, Hopper, false, AttentionBackend.FlashVarlen)]
    [InlineData(DeviceType.CUDA, ScalarType.Float16, 64, Ampere, true, AttentionBackend.FlashVarlen)]
    [InlineData(DeviceType.CUDA, ScalarType.BFloat16, 12, Ampere, false, AttentionBackend.PerSequence)]
    [InlineData(DeviceType.CUDA, ScalarType.BFloat16, 512, Ampere, false, AttentionBackend.EfficientVarlen)]
    [InlineData(DeviceType.CUDA, ScalarType.Float32, 64, Ampere, false, AttentionBackend.EfficientVarlen)]
    [InlineData(DeviceType.CUDA, ScalarType.Float32, 64, Ampere, true, AttentionBackend.PerSequence)]
    [InlineData(DeviceType.CUDA, ScalarType.Float16, 64, Turing, false, AttentionBackend.EfficientVarlen)]
    [InlineData(DeviceType.CUDA, ScalarType.BFloat16, 64, Turing, false, AttentionBackend.PerSequence)]
    [InlineData(DeviceType.CUDA, ScalarType.Float64, 64, Hopper, false, AttentionBackend.PerSequence)]
    public void The_fastest_backend_that_can_run_is_chosen(
        DeviceType device, ScalarType dtype, int headDim, int capability, bool hasWindow, AttentionBackend expected)
        => Assert.Equal(expected, new BackendChoice(device, dtype, headDim, capability, hasWindow).Choose(AttentionBackend.Automatic));

    [Theory]
    [InlineData(AttentionBackend.FlashVarlen, DeviceType.CPU, ScalarType.BFloat16, 64, 0, false, "CUDA device; these are on CPU")]
    [InlineData(AttentionBackend.EfficientVarlen, DeviceType.CPU, ScalarType.Float32, 64, 0, false, "CUDA device; these are on CPU")]
    [InlineData(AttentionBackend.FlashVarlen, DeviceType.CUDA, ScalarType.Float32, 64, Hopper, false, "not Float32")]
    [InlineData(AttentionBackend.FlashVarlen, DeviceType.CUDA, ScalarType.BFloat16, 64, Turing, false, "this one has 7.5")]
    [InlineData(AttentionBackend.FlashVarlen, DeviceType.CUDA, ScalarType.BFloat16, 12, Hopper, false, "head_dim is 12")]
    [InlineData(AttentionBackend.FlashVarlen, DeviceType.CUDA, ScalarType.BFloat16, 264, Hopper, false, "head_dim is 264")]
    [InlineData(AttentionBackend.EfficientVarlen, DeviceType.CUDA, ScalarType.Float64, 64, Hopper, false, "not Float64")]
    [InlineData(AttentionBackend.EfficientVarlen, DeviceType.CUDA, ScalarType.BFloat16, 64, Turing, false, "this one has 7.5")]
    [InlineData(AttentionBackend.EfficientVarlen, DeviceType.CUDA, ScalarType.Float32, 6, Hopper, false, "multiples of 4")]
    [InlineData(AttentionBackend.EfficientVarlen, DeviceType.CUDA, ScalarType.Float32, 64, Hopper, true, "window")]
    public void A_backend_that_cannot_run_says_why(
        AttentionBackend backend, DeviceType device, ScalarType dtype, int headDim, int capability, bool hasWindow, string reason)
    {
        BackendChoice choice = new(device, dtype, headDim, capability, hasWindow);
        string message = Assert.Throws<NotSupportedException>(() => choice.Choose(backend)).Message;
        Assert.Contains(backend.ToString(), message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_soft_cap_is_for_the_backends_that_compute_scores()
    {
        BackendChoice choice = new(DeviceType.CUDA, ScalarType.BFloat16, 64, Hopper, HasWindow: true, HasSoftCap: true);
        Assert.Equal(AttentionBackend.PerSequence, choice.Choose(AttentionBackend.Automatic));
        Assert.Equal(AttentionBackend.DenseMask, choice.Choose(AttentionBackend.DenseMask));
        foreach (AttentionBackend backend in new[] { AttentionBackend.FlashVarlen, AttentionBackend.EfficientVarlen })
        {
            Assert.Contains("no soft cap", Assert.Throws<NotSupportedException>(() => choice.Choose(backend)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_forced_backend_that_cannot_run_throws_before_anything_is_computed()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor heads = zeros(3, 2, 8, ScalarType.BFloat16);
        AttentionOptions options = new() { Backend = AttentionBackend.FlashVarlen };
        string message = Assert.Throws<NotSupportedException>(
            () => BlockDiagonalAttention.Forward(heads, heads, heads, PackLayout.FromLengths(3), options)).Message;
        Assert.Contains("needs tensors on a CUDA device", message, StringComparison.Ordinal);
        Assert.Equal(!cuda.is_available(), message.Contains("libtorch finds no CUDA device here", StringComparison.Ordinal));
    }

    [Fact]
    public void The_choice_is_visible()
    {
        Assert.Equal(AttentionBackend.PerSequence, BlockDiagonalAttention.ChooseBackend(CPU, ScalarType.Float32, 64));
        Assert.Equal(
            AttentionBackend.DenseMask,
            BlockDiagonalAttention.ChooseBackend(CPU, ScalarType.Float32, 64, new AttentionOptions { Backend = AttentionBackend.DenseMask }));
    }

    [Fact]
    public void Options_out_of_range_are_named()
    {
        AssertRefused(new AttentionOptions { Window = 0 }, "Window is 0; expected at least 1");
        AssertRefused(new AttentionOptions { Scale = double.NaN }, "Scale is NaN");
        AssertRefused(new AttentionOptions { SoftCap = 0 }, "SoftCap is 0; expected a number above 0");
        AssertRefused(new AttentionOptions { Backend = (AttentionBackend)99 }, "99 is not a backend");

        static void AssertRefused(AttentionOptions options, string expected) => Assert.Contains(
            expected,
            Assert.Throws<ArgumentException>(() => BlockDiagonalAttention.ChooseBackend(CPU, ScalarType.Float32, 64, options)).Message,
            StringComparison.Ordinal);
    }

    // Arguments that do not fit an operator's schema are refused before a backend is looked for: the operators are on the list of those
    // that take these arguments, and only their kernel for the CPU is missing.
    [Fact]
    public void The_operators_for_cuda_take_our_arguments_and_have_no_kernel_for_the_cpu()
    {
        Assert.SkipWhen(cuda.is_available(), "On a GPU they run.");
        using DisposeScope scope = NewDisposeScope();
        Tensor query = zeros(5, 4, 8, ScalarType.Float16);
        Tensor key = zeros(5, 2, 8, ScalarType.Float16);
        PackLayout layout = PackLayout.FromLengths(3, 2);
        AttentionOptions options = new() { Scale = 0.5, Window = 2 };
        Assert.Contains(
            "_flash_attention_forward",
            Assert.Throws<InvalidOperationException>(() => VarlenAttention.Flash(query, key, key, layout, options)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "_efficient_attention_forward",
            Assert.Throws<InvalidOperationException>(() => VarlenAttention.Efficient(query, key, key, layout, options)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_without_a_driver_says_so()
    {
        Assert.SkipWhen(cuda.is_available(), "This machine has a driver.");
        Assert.Contains("CUDA driver", Assert.Throws<NotSupportedException>(() => CudaDevice.GetComputeCapability(0)).Message, StringComparison.Ordinal);
    }
}
