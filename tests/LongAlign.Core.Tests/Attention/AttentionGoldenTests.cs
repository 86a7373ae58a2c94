using System.Text.Json;
using LongAlign.Attention;
using LongAlign.Collation;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Attention;

[Trait("Category", "Golden")]
public sealed class AttentionGoldenTests
{
    private static readonly JsonElement Cases = Golden.ReadJson("attention", "cases.json");

    public static TheoryData<string> Names => [.. Golden.Names(Cases)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Output_and_gradients_equal_the_references(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        JsonElement golden = Golden.Case(Cases, name);
        Tensor query = Read("q").requires_grad_(true);
        Tensor key = Read("k").requires_grad_(true);
        Tensor value = Read("v").requires_grad_(true);
        PackLayout layout = new(Golden.Ints(golden.GetProperty("cu_seqlens")));

        Tensor output = BlockDiagonalAttention.Forward(query, key, value, layout);
        Tensor scalar = (output * Read("w")).sum();
        scalar.backward();

        Assert.Equal(golden.GetProperty("scalar").GetDouble(), scalar.ToDouble(), 1e-4);
        AssertClose("out", output);
        AssertClose("grad_q", query.grad!);
        AssertClose("grad_k", key.grad!);
        AssertClose("grad_v", value.grad!);

        Tensor Read(string file) => Golden.ReadNpy("attention", name, file + ".npy").ToTensor();

        void AssertClose(string file, Tensor actual)
        {
            Tensor expected = Read(file);
            Assert.Equal(expected.shape, actual.shape);
            Assert.True((actual - expected).abs().max().ToDouble() < 1e-5, file);
        }
    }
}
