using LongAlign.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Safetensors;

/// <summary>Reading into memory that exists.</summary>
public sealed class SafetensorsReadIntoTests
{
    [Theory]
    [InlineData(ScalarType.Float32, ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16, ScalarType.BFloat16)]
    [InlineData(ScalarType.Float32, ScalarType.BFloat16)]
    [InlineData(ScalarType.BFloat16, ScalarType.Float32)]
    [InlineData(ScalarType.Float16, ScalarType.Float64)]
    public void Numbers_are_those_of_a_read_and_a_cast_whatever_the_slices(ScalarType stored, ScalarType wanted)
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        Tensor before = arange(5).to(stored);
        Tensor weight = (randn(7, 13) * 3).to(stored);
        SafetensorsWriter.Write(folder.File("a.safetensors"), [KeyValuePair.Create("before", before), KeyValuePair.Create("weight", weight)]);
        using SafetensorsReader reader = new(folder.File("a.safetensors"));
        foreach (long slice in new long[] { 1, 24, 104, 364, 1 << 20 }) // 1 number, several, a row, all
        {
            Tensor destination = zeros(7, 13, dtype: wanted).requires_grad_(true);
            reader.ReadInto("weight", destination, slice);
            Assert.True(destination.detach().bytes.SequenceEqual(weight.to(wanted).bytes), $"{slice}");
            Assert.True(destination.requires_grad);
        }
    }

    [Fact]
    public void Empty_tensors_and_scalars_are_read()
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        SafetensorsWriter.Write(folder.File("a.safetensors"), [KeyValuePair.Create("empty", zeros(0, 3)), KeyValuePair.Create("scalar", tensor(7f))]);
        using SafetensorsReader reader = new(folder.File("a.safetensors"));
        reader.ReadInto("empty", zeros(0, 3, dtype: ScalarType.BFloat16));
        Tensor scalar = tensor(0.0);
        reader.ReadInto("scalar", scalar);
        Assert.Equal(7.0, scalar.item<double>());
    }

    [Fact]
    public void What_does_not_fit_is_named()
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        string path = folder.File("a.safetensors");
        SafetensorsWriter.Write(path, [KeyValuePair.Create("weight", zeros(2, 3))]);
        using SafetensorsReader reader = new(path);
        Assert.Equal($"{path}: tensor 'weight' has shape [2, 3], expected [3, 2].", Assert.Throws<SafetensorsException>(() => reader.ReadInto("weight", zeros(3, 2))).Message);
        Assert.Equal($"{path} has no tensor 'bias'.", Assert.Throws<SafetensorsException>(() => reader.ReadInto("bias", zeros(3))).Message);
        Assert.Contains("'weight' is to be read into is not contiguous", Assert.Throws<ArgumentException>(() => reader.ReadInto("weight", zeros(3, 2).t())).Message, StringComparison.Ordinal);
    }
}
