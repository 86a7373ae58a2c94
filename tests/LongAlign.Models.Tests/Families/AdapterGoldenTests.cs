using System.Text.Json;
using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Models.Adapters;
using LongAlign.Safetensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests.Families;

/// <summary>Every adapter of the set computes what PEFT does: logits, loss, gradients, merged weights; and is saved as it was.</summary>
[Trait("Category", "Golden")]
[Trait("Speed", "Slow")]
public sealed class AdapterGoldenTests
{
    public static TheoryData<string> Adapters => [.. ModelSet.Adapters];

    [Theory]
    [MemberData(nameof(Adapters))]
    public void Logits_loss_and_gradients_are_the_references(string folder)
    {
        ModelSet.SkipUnless(folder);
        using DisposeScope scope = NewDisposeScope();
        JsonElement reference = ModelSet.Reference(folder);
        string baseFolder = reference.GetProperty("base").GetString()!;
        using CausalLanguageModel model = CausalLanguageModel.FromPretrained(ModelSet.PathOf(baseFolder));
        LoraAdapter adapter = model.LoadLora(ModelSet.PathOf(folder), trainable: true);
        model.eval();
        double tolerance = reference.GetProperty("tolerance").GetProperty("logits").GetDouble();
        Tensor expected = Npy.Read(ModelSet.PathOf(folder, "logits_alone.npy")).ToTensor();
        using PackedBatch pack = ModelSet.Pack(ModelSet.Sequences(baseFolder));
        Tensor logits = model.forward(pack.InputIds, pack.PositionIds, pack.Layout);
        Assert.InRange(ModelSet.MaxDifference(logits, expected), 0, tolerance);

        using WeightedPackingLoss weighted = new();
        Tensor loss = weighted.forward(logits, pack);
        loss.backward();
        ModelSet.AssertNear(reference.GetProperty("loss").GetDouble(), loss.ToDouble(), 1e-5, "loss");
        double total = reference.TryGetProperty("grad_norm_total", out JsonElement norm) ? norm.GetDouble()
            : Math.Sqrt(reference.GetProperty("grads").EnumerateObject().Sum(tensor => Math.Pow(tensor.Value.GetProperty("l2").GetDouble(), 2)));
        Dictionary<string, Tensor> gradients = GradientsByName(adapter, model);
        Assert.Equal(reference.GetProperty("grads").EnumerateObject().Select(tensor => AdapterNames.Usual(tensor.Name)!).Order(), gradients.Keys.Order());
        foreach (JsonProperty tensor in reference.GetProperty("grads").EnumerateObject())
        {
            ModelSet.AssertSummary(tensor.Value, gradients[AdapterNames.Usual(tensor.Name)!], 1e-3 * total, $"gradient of {tensor.Name}");
        }
    }

    [Theory]
    [MemberData(nameof(Adapters))]
    public void Merged_weights_are_the_references_and_the_others_stay(string folder)
    {
        ModelSet.SkipUnless(folder);
        using DisposeScope scope = NewDisposeScope();
        JsonElement reference = ModelSet.Reference(folder);
        string baseFolder = ModelSet.PathOf(reference.GetProperty("base").GetString()!);
        using CausalLanguageModel model = CausalLanguageModel.FromPretrained(baseFolder);
        model.LoadLora(ModelSet.PathOf(folder)).Merge();
        using SafetensorsReader before = new(Path.Combine(baseFolder, "model.safetensors"));
        JsonElement merged = reference.GetProperty("merged");
        foreach ((string name, Parameter parameter) in model.named_parameters().Where(named => !model.Adapter!.Owns(named.parameter)))
        {
            if (merged.TryGetProperty(name, out JsonElement expected))
            {
                ModelSet.AssertFirst(expected.GetProperty("first8"), parameter.to(ScalarType.Float64).flatten(), 1e-6, name);
                double allowed = 1e-6 * Math.Sqrt(parameter.numel());
                ModelSet.AssertNear(expected.GetProperty("l2").GetDouble(), parameter.to(ScalarType.Float64).norm().ToDouble(), allowed, $"norm of {name}");
                ModelSet.AssertNear(expected.GetProperty("sum").GetDouble(), parameter.to(ScalarType.Float64).sum().ToDouble(), 1e-6 * parameter.numel(), $"sum of {name}");
            }
            else
            {
                Assert.True(before.Read(name).eq(parameter).all().ToBoolean(), name);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Adapters))]
    public void An_adapter_that_is_read_and_saved_is_the_same_to_the_bit(string folder)
    {
        ModelSet.SkipUnless(folder);
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder saved = new();
        string baseFolder = ModelSet.PathOf(ModelSet.Reference(folder).GetProperty("base").GetString()!);
        using CausalLanguageModel model = CausalLanguageModel.FromPretrained(baseFolder);
        model.LoadLora(ModelSet.PathOf(folder)).Save(saved);
        using (SafetensorsReader before = new(ModelSet.PathOf(folder, "adapter_model.safetensors")))
        using (SafetensorsReader after = new(saved.File("adapter_model.safetensors")))
        {
            Assert.Equal(before.Entries.Keys.Select(name => name.Replace(".default.", ".", StringComparison.Ordinal)).Order(), after.Entries.Keys.Order());
            Assert.All(before.Entries.Keys, name => Assert.True(before.Read(name).eq(after.Read(name.Replace(".default.", ".", StringComparison.Ordinal))).all().ToBoolean(), name));
        }

        using CausalLanguageModel again = CausalLanguageModel.FromPretrained(baseFolder);
        again.LoadLora(saved);
        again.eval(); // dropout
        model.eval();
        using PackedBatch pack = ModelSet.Pack(ModelSet.Sequences(ModelSet.Reference(folder).GetProperty("base").GetString()!));
        Assert.Equal(0, ModelSet.MaxDifference(again.forward(pack.InputIds, pack.PositionIds, pack.Layout), model.forward(pack.InputIds, pack.PositionIds, pack.Layout)));
    }

    /// <summary>Gradients of what is trained, by the usual names in the file.</summary>
    private static Dictionary<string, Tensor> GradientsByName(LoraAdapter adapter, CausalLanguageModel model)
    {
        Dictionary<string, Tensor> gradients = model.named_parameters().Where(named => named.parameter.requires_grad && !adapter.Owns(named.parameter))
            .ToDictionary(named => named.name, named => named.parameter.grad!);
        foreach ((string name, IAdaptable part) in LoraTargets.All(model).Where(target => target.Part.Update is not null))
        {
            LowRankUpdate update = part.Update!;
            gradients[AdapterNames.A(name, part)] = update.A.grad!;
            gradients[AdapterNames.B(name, part)] = update.B.grad!;
            if (update.Lengths is { } lengths)
            {
                gradients[AdapterNames.Lengths(name)] = lengths.grad!;
            }
        }

        return gradients;
    }
}
