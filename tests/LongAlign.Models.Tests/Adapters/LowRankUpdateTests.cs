using LongAlign.Models.Adapters;
using LongAlign.Models.Decoders;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests.Adapters;

/// <summary>One adapted linear map against float64 loops.</summary>
public sealed class LowRankUpdateTests
{
    private const int Tokens = 5;
    private const int Inputs = 6;
    private const int Outputs = 4;

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public void Output_and_gradients_are_those_of_the_formula_in_float64(int rank, bool rankStabilized)
    {
        using DisposeScope scope = NewDisposeScope();
        using Projection map = Map(new LoraOptions { Rank = rank, Alpha = 5, RankStabilized = rankStabilized });
        Tensor input = randn(Tokens, Inputs).requires_grad_(true);
        Tensor outputGradient = randn(Tokens, Outputs);
        Tensor output = map.forward(input);
        output.backward([outputGradient]);

        double scaling = rankStabilized ? 5 / Math.Sqrt(rank) : 5.0 / rank;
        (double[,] x, double[,] g, double[,] w) = (Wide(input), Wide(outputGradient), Wide(map.Weight));
        (double[,] a, double[,] b) = (Wide(map.Update!.A), Wide(map.Update.B));
        double[,] narrow = Product(x, Transposed(a));
        double[,] back = Product(g, b);
        AssertClose(Sum(Product(x, Transposed(w)), Product(narrow, Transposed(b)), scaling), output);
        AssertClose(Scaled(Product(Transposed(g), narrow), scaling), map.Update.B.grad!);
        AssertClose(Scaled(Product(Transposed(back), x), scaling), map.Update.A.grad!);
        AssertClose(Sum(Product(g, w), Product(back, a), scaling), input.grad!);
        Assert.Null(map.Weight.grad);
    }

    [Fact]
    public void Dropout_zeroes_elements_of_the_adapters_input_alone_and_scales_the_rest()
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(1);
        using Projection map = Map(new LoraOptions { Rank = 200, Alpha = 200, Dropout = 0.25 }, 200, 200);
        using (no_grad())
        {
            map.Weight.copy_(eye(200) * 10);
            map.Update!.A.copy_(eye(200));
            map.Update.B.copy_(eye(200));
        }

        Tensor input = ones(50, 200);
        Assert.All(map.forward(input).data<float>().ToArray(), value => Assert.True(value == 10 || Math.Abs(value - (10 + (1 / 0.75))) < 1e-5));
        Assert.Equal(0.25, map.forward(input).eq(10).to(ScalarType.Float32).mean().ToDouble(), 0.02);
        map.eval();
        Assert.All(map.forward(input).data<float>().ToArray(), value => Assert.Equal(11, value, 1e-5));
    }

    [Fact]
    public void Update_of_a_bfloat16_map_is_rounded_to_bfloat16_and_its_weights_are_not()
    {
        using DisposeScope scope = NewDisposeScope();
        using Projection map = Map(new LoraOptions { Rank = 2 }, dtype: ScalarType.BFloat16);
        Tensor input = randn(Tokens, Inputs, dtype: ScalarType.BFloat16).requires_grad_(true);
        Tensor output = map.forward(input);
        output.sum().backward();
        Assert.Equal(ScalarType.BFloat16, output.dtype);
        Assert.Equal(ScalarType.BFloat16, input.grad!.dtype);
        Assert.All(new[] { map.Update!.A, map.Update.B }, weight => Assert.Equal((ScalarType.Float32, ScalarType.Float32), (weight.dtype, weight.grad!.dtype)));
        using (no_grad())
        {
            map.Update.Merge(map.Weight, keepOriginal: false);
            Assert.True((map.forward(input) - output).abs().max().ToDouble() < 0.03 * output.abs().max().ToDouble());
        }
    }

    [Fact]
    public void A_forward_leaves_one_tensor_alive()
    {
        using Projection map = Map(new LoraOptions { Dropout = 0.1 });
        using Tensor input = randn(Tokens, Inputs);
        long before = Tensor.TotalCount;
        using Tensor output = map.forward(input);
        Assert.Equal(before + 1, Tensor.TotalCount);
    }

    private static Projection Map(LoraOptions options, int inputs = Inputs, int outputs = Outputs, ScalarType dtype = ScalarType.Float32)
    {
        using IDisposable noGrad = no_grad();
        Projection map = new(inputs, outputs, bias: false, dtype, CPU);
        map.Attach(new LowRankUpdate(map, options.Rank, options.Scaling, options));
        map.Weight.requires_grad = false;
        foreach (Tensor tensor in map.parameters())
        {
            using Tensor values = randn(tensor.shape);
            tensor.copy_(values);
        }

        return map;
    }

    private static double[,] Wide(Tensor tensor)
    {
        double[,] wide = new double[tensor.shape[0], tensor.shape[1]];
        float[] values = tensor.detach().to(ScalarType.Float32).data<float>().ToArray();
        for (int i = 0; i < values.Length; i++)
        {
            wide[i / tensor.shape[1], i % tensor.shape[1]] = values[i];
        }

        return wide;
    }

    private static double[,] Product(double[,] a, double[,] b)
        => Fill(a.GetLength(0), b.GetLength(1), (i, j) => Enumerable.Range(0, a.GetLength(1)).Sum(k => a[i, k] * b[k, j]));

    private static double[,] Transposed(double[,] a) => Fill(a.GetLength(1), a.GetLength(0), (i, j) => a[j, i]);

    private static double[,] Scaled(double[,] a, double factor) => Fill(a.GetLength(0), a.GetLength(1), (i, j) => a[i, j] * factor);

    private static double[,] Sum(double[,] a, double[,] b, double factor) => Fill(a.GetLength(0), a.GetLength(1), (i, j) => a[i, j] + (factor * b[i, j]));

    private static double[,] Fill(int rows, int columns, Func<int, int, double> value)
    {
        double[,] filled = new double[rows, columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                filled[i, j] = value(i, j);
            }
        }

        return filled;
    }

    private static void AssertClose(double[,] expected, Tensor actual)
        => Assert.Equal(expected.Cast<double>(), Wide(actual).Cast<double>(), (a, b) => Math.Abs(a - b) <= 2e-5 * (1 + Math.Abs(a)));
}
