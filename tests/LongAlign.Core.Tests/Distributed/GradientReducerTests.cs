using CsCheck;
using LongAlign.Distributed;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Distributed;

public sealed class GradientReducerTests
{
    private static readonly ScalarType[] Dtypes = [ScalarType.Float32, ScalarType.Float64, ScalarType.BFloat16];

    [Fact]
    public void Gradients_are_the_sums_over_all_ranks_whatever_the_buffer_and_the_order()
    {
        Gen<(int Size, ScalarType Dtype, int Missing)> parameter = Gen.Select(Gen.Int[1, 40], Gen.Int[0, 2].Select(i => Dtypes[i]), Gen.Int[0, 3]);
        Gen.Select(parameter.Array[1, 8], Gen.Int[8, 200], Gen.Int[2, 3], Gen.Bool).Sample(
            (parameters, bufferBytes, worldSize, reversed) =>
            {
                // Whole numbers: their sums are exact in every dtype and order.
                float[][] Expected() => [.. parameters.Select((p, i) => Enumerable.Range(0, p.Size)
                    .Select(t => (float)Enumerable.Range(0, worldSize).Where(rank => rank != p.Missing).Sum(rank => Value(rank, i, t))).ToArray())];

                float[][][] all = ThreadProcessGroup.Results(worldSize, group =>
                {
                    Parameter[] own = [.. parameters.Select((p, i) => WithGradient(p.Size, p.Dtype, group.Rank == p.Missing ? null : t => Value(group.Rank, i, t)))];
                    using GradientReducer reducer = new(group, reversed ? own.Reverse() : own, bufferBytes);
                    reducer.Reduce();
                    return own.Select(Gradient).ToArray();
                });
                Assert.All(all, gradients => Assert.Equal(Expected(), gradients));
            },
            iter: 60,
            threads: 1);
    }

    [Fact]
    public void Rounding_does_not_depend_on_the_buffer_either()
    {
        float[] Sum(long bufferBytes) => ThreadProcessGroup.Results(3, group =>
        {
            using Generator generator = new((ulong)group.Rank);
            using Parameter parameter = new(zeros(1_000));
            parameter.grad = randn(1_000, generator: generator);
            using GradientReducer reducer = new(group, [parameter], bufferBytes);
            reducer.Reduce();
            return Gradient(parameter);
        })[2];

        float[] whole = Sum(GradientReducer.DefaultBufferBytes);
        Assert.Equal(whole, Sum(8));
        Assert.Equal(whole, Sum(1_234));
    }

    [Fact]
    public void Small_gradients_share_a_buffer_and_large_ones_are_added_up_where_they_lie()
    {
        Parameter[] parameters = [.. new[] { 10, 100, 20, 30 }.Select(size => WithGradient(size, ScalarType.Float32, _ => 1))];
        using Tensor large = parameters[1].grad!;
        DoublingGroup group = new();
        using GradientReducer reducer = new(group, parameters, bufferBytes: 4 * 64);
        reducer.Reduce();
        Assert.Equal([4, 100, 60], group.Sums.Select(sum => sum.Count)); // which parameters were reached, then two sums
        Assert.All(parameters, parameter => Assert.All(Gradient(parameter), value => Assert.Equal(2, value)));
        reducer.Reduce();
        Assert.Equal([100, 60], group.Sums.Skip(3).Select(sum => sum.Count));
    }

    [Fact]
    public void A_gradient_that_is_not_contiguous_is_added_up_too()
    {
        using Parameter parameter = new(zeros(3, 5));
        parameter.grad = arange(15, dtype: ScalarType.Float32).view(5, 3).t();
        Assert.False(parameter.grad!.is_contiguous());
        foreach (long bufferBytes in new long[] { 8, 1_000 })
        {
            float[] before = Gradient(parameter);
            using GradientReducer reducer = new(new DoublingGroup(), [parameter], bufferBytes);
            reducer.Reduce();
            Assert.Equal(before.Select(value => 2 * value), Gradient(parameter));
        }
    }

    [Fact]
    public void A_parameter_that_no_rank_has_reached_keeps_no_gradient()
    {
        bool[][] reached = ThreadProcessGroup.Results(2, group =>
        {
            Parameter[] parameters = [.. Enumerable.Range(0, 3).Select(i => WithGradient(4, ScalarType.Float32, i == 0 || i == group.Rank ? t => t : null))];
            Parameter frozen = new(zeros(2), requires_grad: false);
            using GradientReducer reducer = new(group, [.. parameters, frozen]);
            reducer.Reduce();
            reducer.Reduce();
            return parameters.Append(frozen).Select(parameter => parameter.grad is not null).ToArray();
        });
        Assert.All(reached, flags => Assert.Equal([true, true, false, false], flags));
    }

    [Fact]
    public void Reducing_leaves_no_tensor_behind()
    {
        Parameter[] parameters = [.. Enumerable.Range(1, 20).Select(i => WithGradient(i, Dtypes[i % 3], t => t))];
        using GradientReducer reducer = new(new DoublingGroup(), parameters, bufferBytes: 64);
        reducer.Reduce();
        long live = Tensor.TotalCount;
        for (int i = 0; i < 5; i++)
        {
            reducer.Reduce();
        }

        Assert.True(Tensor.TotalCount <= live, $"{Tensor.TotalCount - live} tensors more.");
    }

    private static float Value(int rank, int parameter, int place) => ((rank + 1) * (parameter + 1)) + place;

    private static Parameter WithGradient(int size, ScalarType dtype, Func<int, float>? gradient)
    {
        Parameter parameter = new(zeros(size, dtype));
        if (gradient is not null)
        {
            parameter.grad = tensor(Enumerable.Range(0, size).Select(gradient).ToArray()).to(dtype);
        }

        return parameter;
    }

    private static float[] Gradient(Parameter parameter)
    {
        using DisposeScope scope = NewDisposeScope();
        return parameter.grad is { } gradient ? gradient.to(ScalarType.Float32).contiguous().data<float>().ToArray() : [];
    }
}
