using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training;

public sealed class FusedAdamWTests
{
    [Fact]
    public void Updates_equal_the_formula_in_float64()
    {
        using DisposeScope scope = NewDisposeScope();
        AdamWOptions options = new() { LearningRate = 0.1, Beta1 = 0.8, Beta2 = 0.9, Epsilon = 1e-6, WeightDecay = 0.05 };
        double[] weights = [1, -2, 0.5];
        double[] mean = new double[3];
        double[] square = new double[3];
        using Parameter parameter = new(tensor(Array.ConvertAll(weights, w => (float)w)));
        using FusedAdamW optimizer = new([parameter], options);
        for (int step = 1; step <= 5; step++)
        {
            double[] gradient = [.. Enumerable.Range(0, 3).Select(i => Math.Sin((step * 3) + i))];
            parameter.grad = tensor(Array.ConvertAll(gradient, g => (float)g));
            double rate = 0.1 / step;
            optimizer.Step(rate);
            for (int i = 0; i < 3; i++)
            {
                mean[i] = (0.8 * mean[i]) + (0.2 * gradient[i]);
                square[i] = (0.9 * square[i]) + (0.1 * gradient[i] * gradient[i]);
                weights[i] -= rate * 0.05 * weights[i];
                weights[i] -= rate * mean[i] / (1 - Math.Pow(0.8, step)) / (Math.Sqrt(square[i] / (1 - Math.Pow(0.9, step))) + 1e-6);
            }
        }

        Assert.Equal(weights, parameter.data<float>().Select(w => (double)w), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void A_bfloat16_parameter_gathers_updates_that_are_smaller_than_its_steps()
    {
        using DisposeScope scope = NewDisposeScope();
        using Parameter parameter = new(ones(4, ScalarType.BFloat16));
        using FusedAdamW optimizer = new([parameter], new AdamWOptions { LearningRate = 1e-3 });
        parameter.grad = ones(4, ScalarType.BFloat16);
        for (int step = 0; step < 10; step++)
        {
            optimizer.Step(1e-3); // half a bfloat16 step below 1 is 2e-3: each of these alone is lost
        }

        Assert.Equal(0.99, parameter.to(ScalarType.Float32)[0].ToDouble(), 2e-3);
    }

    [Theory]
    [InlineData(10.0)]
    [InlineData(4.0)]
    [InlineData(1.0)]
    [InlineData(double.PositiveInfinity)]
    public void Clipping_scales_all_gradients_to_the_largest_norm(double maxNorm)
    {
        using DisposeScope scope = NewDisposeScope();
        using Parameter a = new(zeros(2));
        using Parameter b = new(zeros(1, ScalarType.BFloat16));
        using Parameter c = new(zeros(1)); // without a gradient
        using FusedAdamW optimizer = new([a, b, c], Plain);
        a.grad = tensor(new[] { 3f, 0f });
        b.grad = tensor(new[] { 4f }).to(ScalarType.BFloat16);
        Assert.Equal(5, optimizer.ClipAndStep(1, maxNorm), 1e-6);
        double scale = Math.Min(1, maxNorm / 5);
        Assert.Equal(-3 * scale / Plain.Epsilon, a[0].ToDouble(), 1e-2 / Plain.Epsilon * scale);
        Assert.Equal(-4 * scale / Plain.Epsilon, b.to(ScalarType.Float32).ToDouble(), 2e-2 / Plain.Epsilon * scale);
        Assert.Equal(0, c.ToDouble());
    }

    [Fact]
    public void Without_a_gradient_nothing_happens_and_the_norm_is_zero()
    {
        using DisposeScope scope = NewDisposeScope();
        using Parameter parameter = new(ones(2));
        using FusedAdamW optimizer = new([parameter]);
        Assert.Equal(0, optimizer.ClipAndStep(1, 1));
        Assert.Equal([1f, 1f], parameter.data<float>());
    }

    [Fact]
    public void Parameters_cast_to_bfloat16_keep_their_float32_weights_as_masters()
    {
        using DisposeScope scope = NewDisposeScope();
        float[] weights = [1.003f, -0.3333333f, 2e-5f]; // 1.003 rounds to 1; with 0.002 more it would round up
        using Parameter cast = new(tensor(weights));
        using Parameter wide = new(tensor(weights));
        using FusedAdamW mixed = new([cast], Plain);
        using FusedAdamW plain = new([wide], Plain);
        cast.grad = zeros(3);
        mixed.CastToBFloat16(new HashSet<Tensor>());
        Assert.Equal(ScalarType.BFloat16, cast.dtype);
        Assert.Null(cast.grad);
        cast.grad = -ones(3, ScalarType.BFloat16);
        wide.grad = -ones(3);
        for (int step = 0; step < 3; step++)
        {
            mixed.Step(0.002 * Plain.Epsilon);
            plain.Step(0.002 * Plain.Epsilon);
            Assert.True(cast.Equals(wide.to(ScalarType.BFloat16)));
        }
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Groups_of_bfloat16_parameters_are_all_updated()
    {
        using DisposeScope scope = NewDisposeScope();
        int[] sizes = [3, (1 << 24) - 1, 5, 1 << 24, 7];
        Parameter[] parameters = Array.ConvertAll(sizes, (size) => new Parameter(zeros(size, size == 5 ? ScalarType.Float32 : ScalarType.BFloat16)));
        using FusedAdamW optimizer = new(parameters, Plain);
        Array.ForEach(parameters, parameter => parameter.grad = ones_like(parameter));
        optimizer.Step(Plain.Epsilon);
        Assert.All(parameters, parameter => Assert.Equal(0, (parameter.to(ScalarType.Float32) + 1).abs().max().ToDouble(), 1e-2));
        Array.ForEach(parameters, parameter => parameter.Dispose());
    }

    /// <summary>So large an epsilon that the first update is rate x gradient / epsilon: proportional to the gradient.</summary>
    private static AdamWOptions Plain { get; } = new() { Beta1 = 0, Beta2 = 0, Epsilon = 1e6 };

    [Fact]
    public void Frozen_parameters_and_bad_options_are_refused()
    {
        using Parameter frozen = new(ones(2), requires_grad: false);
        Assert.Contains("nothing to train", Assert.Throws<ArgumentException>(() => new FusedAdamW([frozen])).Message, StringComparison.Ordinal);
        using Parameter parameter = new(ones(2));
        ArgumentException error = Assert.Throws<ArgumentException>(() => new FusedAdamW([parameter], new AdamWOptions { LearningRate = -1, Beta2 = 1 }));
        Assert.Contains("LearningRate is -1", error.Message, StringComparison.Ordinal);
        Assert.Contains("Beta2 is 1", error.Message, StringComparison.Ordinal);
    }
}
