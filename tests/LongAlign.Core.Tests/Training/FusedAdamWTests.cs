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
