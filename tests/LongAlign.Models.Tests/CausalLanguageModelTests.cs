using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Safetensors;
using LongAlign.Sequences;
using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests;

public sealed class CausalLanguageModelTests
{
    [Fact]
    public void The_same_seed_gives_the_same_weights_and_another_seed_others()
    {
        using CausalLanguageModel first = CausalLanguageModel.Create(TinyModel.Config, seed: 7);
        using CausalLanguageModel second = CausalLanguageModel.Create(TinyModel.Config, seed: 7);
        using CausalLanguageModel other = CausalLanguageModel.Create(TinyModel.Config, seed: 8);
        Assert.True(WeightsOf(first).SequenceEqual(WeightsOf(second)));
        Assert.False(WeightsOf(first).SequenceEqual(WeightsOf(other)));
    }

    [Fact]
    public void The_random_state_of_torch_stays_as_it_is()
    {
        using DisposeScope scope = NewDisposeScope();
        manual_seed(1);
        float expected = randn(1).item<float>();
        manual_seed(1);
        using CausalLanguageModel model = CausalLanguageModel.Create(TinyModel.Config, seed: 7);
        Assert.Equal(expected, randn(1).item<float>());
    }

    [Fact]
    public void Weights_are_normal_with_the_deviation_asked_for_and_norms_are_one()
    {
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = CausalLanguageModel.Create(TinyModel.With(("vocab_size", 4_000), ("initializer_range", 0.02)), seed: 7);
        foreach ((string name, Parameter weight) in model.named_parameters())
        {
            if (name.EndsWith("norm.weight", StringComparison.Ordinal))
            {
                Assert.True(weight.eq(1).all().item<bool>(), name);
            }
            else
            {
                double tolerance = 5 * 0.02 / Math.Sqrt(weight.numel());
                Assert.Equal(0, weight.mean().ToDouble(), tolerance);
                Assert.Equal(0.02, weight.std().ToDouble(), tolerance);
            }
        }
    }

    public static TheoryData<ScalarType, bool, long> Saves => new()
    {
        { ScalarType.Float32, false, 5_000_000_000 },
        { ScalarType.Float32, true, 5_000_000_000 },
        { ScalarType.Float32, false, 4_000 },
        { ScalarType.BFloat16, false, 5_000_000_000 },
        { ScalarType.BFloat16, true, 2_000 },
    };

    [Theory]
    [MemberData(nameof(Saves))]
    public void A_saved_model_gives_the_same_logits_bit_for_bit(ScalarType dtype, bool tied, long maxShardBytes)
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        using CausalLanguageModel model = CausalLanguageModel.Create(TinyModel.ConfigOf(tied ? "llama, tied" : "llama"), seed: 7, dtype);
        model.SavePretrained(folder, maxShardBytes);
        using CausalLanguageModel loaded = CausalLanguageModel.FromPretrained(folder, dtype);
        Assert.Equal(maxShardBytes > 4_000, File.Exists(folder.File("model.safetensors")));
        Assert.Contains($"\"torch_dtype\": \"{(dtype == ScalarType.Float32 ? "float32" : "bfloat16")}\"", File.ReadAllText(folder.File("config.json")), StringComparison.Ordinal);
        Assert.Equal(!tied, loaded.named_parameters().Any(named => named.name == "lm_head.weight"));
        Assert.All(loaded.parameters(), parameter => Assert.Equal(dtype, parameter.dtype));

        Tensor expected = Logits(model);
        Tensor actual = Logits(loaded);
        Assert.Equal(dtype, actual.dtype);
        Assert.True(expected.isfinite().all().item<bool>());
        Assert.True(expected.bytes.SequenceEqual(actual.bytes));
    }

    public static TheoryData<string> Families => [.. TinyModel.Families];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_folder_of_every_family_is_read_and_saved_again_byte_for_byte(string family)
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder first = new();
        using TemporaryFolder second = new();
        using CausalLanguageModel model = TinyModel.Create(family, ScalarType.BFloat16);
        model.SavePretrained(first);
        using CausalLanguageModel loaded = CausalLanguageModel.FromPretrained(first, ScalarType.BFloat16);
        loaded.SavePretrained(second);
        Assert.Equal(["config.json", "model.safetensors"], Directory.GetFiles(second).Select(Path.GetFileName).Order());
        Assert.Equal(File.ReadAllText(first.File("config.json")), File.ReadAllText(second.File("config.json")));
        Assert.True(File.ReadAllBytes(first.File("model.safetensors")).SequenceEqual(File.ReadAllBytes(second.File("model.safetensors"))));
        Assert.True(Logits(model).bytes.SequenceEqual(Logits(loaded).bytes));

        // In another dtype, and back: float32 holds every bfloat16.
        using CausalLanguageModel wide = CausalLanguageModel.FromPretrained(first);
        Assert.True(WeightsOf(wide.to(ScalarType.BFloat16)).SequenceEqual(WeightsOf(model)));
    }

    /// <summary>A constant that its own code registers with the module: without it, its loader would speak of a missing weight.</summary>
    [Fact]
    public void A_ChatGLM_folder_holds_the_rotary_frequencies_that_its_checkpoints_hold()
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        using CausalLanguageModel model = TinyModel.Create("chatglm");
        model.SavePretrained(folder);
        using SafetensorsFolder saved = new(folder);
        Assert.Equal([.. model.named_parameters().Select(named => named.name), "transformer.rotary_pos_emb.inv_freq"], saved.Names);
        Assert.Equal([1, 0.01f], saved.Read("transformer.rotary_pos_emb.inv_freq").data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-8);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("llama 3")]
    [InlineData("chatglm")]
    public void An_extended_context_is_in_the_model_and_in_what_is_saved(string family)
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        using CausalLanguageModel model = TinyModel.Create(family);
        Tensor before = Logits(model);
        double theta = model.Config.RopeTheta;
        model.ExtendContext(ropeThetaFactor: 200, maxPositions: 65_536);
        Tensor after = Logits(model);
        Assert.True((before - after).abs().max().ToDouble() > 1e-4);
        Assert.Equal(65_536, model.MaxPositions);
        Assert.Equal(200 * theta, model.Config.RopeTheta);
        model.SavePretrained(folder);
        using CausalLanguageModel loaded = CausalLanguageModel.FromPretrained(folder);
        Assert.Equal(65_536, loaded.MaxPositions);
        Assert.True(after.bytes.SequenceEqual(Logits(loaded).bytes));
    }

    [Fact]
    public void Weights_are_rounded_to_the_dtype_asked_for()
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        using CausalLanguageModel model = CausalLanguageModel.Create(TinyModel.Config, seed: 7);
        model.SavePretrained(folder);
        using CausalLanguageModel rounded = CausalLanguageModel.FromPretrained(folder, ScalarType.BFloat16);
        Assert.True(WeightsOf(rounded).SequenceEqual(WeightsOf(model.to(ScalarType.BFloat16))));
    }

    [Fact]
    public void A_model_may_be_saved_over_the_folder_that_it_came_from()
    {
        using DisposeScope scope = NewDisposeScope();
        using TemporaryFolder folder = new();
        using CausalLanguageModel model = CausalLanguageModel.Create(TinyModel.Config, seed: 7);
        model.SavePretrained(folder, maxShardBytes: 4_000);
        using CausalLanguageModel loaded = CausalLanguageModel.FromPretrained(folder);
        loaded.SavePretrained(folder);
        using SafetensorsFolder saved = new(folder);
        Assert.Equal(model.named_parameters().Select(named => named.name), saved.Names);
        Assert.Single(Directory.GetFiles(folder, "*.safetensors"));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(29)]
    public void An_id_outside_the_vocabulary_is_refused(long id)
    {
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = CausalLanguageModel.Create(TinyModel.Config, seed: 1);
        string message = Assert.Throws<ArgumentException>(() => model.forward(tensor([3, id]), tensor([0L, 1]), PackLayout.FromLengths(2))).Message;
        Assert.Contains($"Input ids run from {Math.Min(id, 3)} to {Math.Max(id, 3)}; the model's vocabulary is 29", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tied_model_may_come_with_its_head()
    {
        using TemporaryFolder folder = new();
        using CausalLanguageModel model = CausalLanguageModel.Create(TinyModel.ConfigOf("llama, tied"), seed: 1);
        model.SavePretrained(folder);
        List<KeyValuePair<string, Tensor>> weights = [.. model.named_parameters().Select(named => KeyValuePair.Create(named.name, (Tensor)named.parameter))];
        weights.Add(KeyValuePair.Create("lm_head.weight", model.get_parameter("model.embed_tokens.weight")!.clone()));
        SafetensorsFolder.Write(folder, weights, long.MaxValue);
        using CausalLanguageModel loaded = CausalLanguageModel.FromPretrained(folder);
        Assert.DoesNotContain("lm_head.weight", loaded.named_parameters().Select(named => named.name));
    }

    [Theory]
    [InlineData(29)]
    [InlineData(1_000_000)]
    public async Task The_trainer_names_an_id_outside_the_vocabulary_before_the_model_sees_it(int id)
    {
        using CausalLanguageModel model = CausalLanguageModel.Create(TinyModel.Config, seed: 7);
        InMemoryDataset dataset = new([new TokenSequence([1, 2, id], [-100, 2, 3])]);
        LongAlignTrainer trainer = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(dataset).UsePacking(packing => packing.Capacity = 8).UseAdamW(0.01).Build();
        string message = (await Assert.ThrowsAsync<InvalidDataException>(() => trainer.TrainAsync())).Message;
        Assert.Contains($"Input id {id} at position 2 of sequence 0 is outside the model's vocabulary of 29", message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_thousand_steps_leave_no_tensor_behind()
    {
        // Tensors that other tests left to the collector; none may be collected between the two counts.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using CausalLanguageModel model = CausalLanguageModel.Create(TinyModel.Config, seed: 7);
        using WeightedPackingLoss loss = new();
        InMemoryDataset dataset = new([new TokenSequence([1, 2, 3], [-100, 2, 3]), new TokenSequence([4, 5], [-100, 5])]);
        using PackedBatch batch = new PackedBatchCollator(dataset).Collate(new MicroBatch(new[] { 0, 1 }, LengthLimit.None));
        Step();
        long live = Tensor.TotalCount;
        for (int i = 0; i < 1_000; i++)
        {
            Step();
        }

        Assert.True(Tensor.TotalCount <= live, $"{live} tensors before, {Tensor.TotalCount} after.");

        void Step()
        {
            using Tensor logits = model.forward(batch.InputIds, batch.PositionIds, batch.Layout);
            using Tensor share = loss.forward(logits, batch);
            share.backward();
        }
    }

    private static Tensor Logits(CausalLanguageModel model)
        => model.forward(tensor([3L, 28, 0, 7, 7]), tensor([0L, 1, 2, 0, 1]), PackLayout.FromLengths(3, 2)).detach();

    private static IEnumerable<byte> WeightsOf(nn.Module model) => model.named_parameters().SelectMany(named => named.parameter.detach().bytes.ToArray());
}
