using CsCheck;
using LongAlign.Distributed;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Distributed;

public sealed class ShardExchangeTests
{
    private static readonly ScalarType[] Dtypes = [ScalarType.Float32, ScalarType.BFloat16, ScalarType.Float64];

    [Fact]
    public void Shares_hold_the_sums_of_all_gradients_and_give_parameters_back()
    {
        Gen<(int Rows, int Columns, ScalarType Dtype, int Missing)> parameter = Gen.Select(Gen.Int[1, 9], Gen.Int[0, 9], Gen.Int[0, 2].Select(i => Dtypes[i]), Gen.Int[0, 3]);
        Gen.Select(parameter.Array[1, 6], Gen.Int[1, 4], Gen.Int[1, 60]).Sample(
            (parameters, ranks, buffer) => ThreadProcessGroup.Results(ranks, group =>
            {
                Check(group, parameters, buffer);
                return 0;
            }),
            iter: 100,
            threads: 1);
    }

    /// <summary>Whole numbers, which every dtype holds. Of a parameter with no columns the tensor has one dimension.</summary>
    private static void Check(IProcessGroup group, (int Rows, int Columns, ScalarType Dtype, int Missing)[] parameters, int buffer)
    {
        using DisposeScope scope = NewDisposeScope();
        Parameter[] whole = [.. parameters.Select((p, i) => new Parameter((arange(p.Rows * Math.Max(1, p.Columns)).remainder(11) + i).to(p.Dtype).view(p.Columns == 0 ? [p.Rows] : [p.Rows, p.Columns])))];
        ParameterShard[] shards = [.. whole.Select((p, i) => new ParameterShard($"{i}", p, group.Rank, group.WorldSize))];
        using ShardExchange exchange = new(group, buffer);
        for (int i = 0; i < whole.Length; i++)
        {
            whole[i].grad = parameters[i].Missing == group.Rank ? null : whole[i].detach() * (group.Rank + 1);
        }

        exchange.AddUpGradients(shards);
        exchange.AddUpGradients(shards); // shares add up
        for (int i = 0; i < whole.Length; i++)
        {
            int factor = 2 * Enumerable.Range(0, group.WorldSize).Where(rank => rank != parameters[i].Missing).Sum(rank => rank + 1);
            Assert.Equal(whole[i].dim(), shards[i].Weights.dim());
            Assert.True(shards[i].Gradient.eq(shards[i].Weights * factor).all().ToBoolean());
            Assert.Equal(shards[i].Count, shards[i].Gradient.numel());
        }

        Tensor[] before = Array.ConvertAll(whole, p => p.detach().clone());
        using (no_grad())
        {
            Array.ForEach(whole, p => p.fill_(-1));
            Array.ForEach(shards, shard => shard.Weights.mul_(2));
        }

        exchange.Gather(shards);
        Assert.All(whole.Zip(before), pair => Assert.True(pair.First.eq(pair.Second * 2).all().ToBoolean()));
        Assert.Equal(shards.Sum(shard => shard.Size), SumOver(group, shards.Sum(shard => shard.Count)));
        Array.ForEach(shards, shard => shard.Dispose());
    }

    private static long SumOver(IProcessGroup group, long own)
    {
        using Tensor sum = tensor(own);
        group.AllReduceSum(sum);
        return sum.ToInt64();
    }
}
