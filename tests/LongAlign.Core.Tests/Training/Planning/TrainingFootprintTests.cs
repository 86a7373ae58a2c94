using CsCheck;
using LongAlign.Distributed;
using LongAlign.Training;
using static LongAlign.Training.FootprintPartKind;

namespace LongAlign.Core.Tests.Training.Planning;

public sealed class TrainingFootprintTests
{
    /// <summary>A layer: query and output 8 x 8, key and value 8 x 4, three of 8 x 16, two norms: 592. Outside: twice 10 x 8, a norm: 168.</summary>
    private static readonly DecoderDimensions Tiny = new()
    {
        HiddenSize = 8,
        IntermediateSize = 16,
        LayerCount = 2,
        HeadCount = 2,
        KeyValueHeadCount = 1,
        HeadDim = 4,
        VocabularySize = 10,
    };

    private static readonly TrainingFootprintOptions Hundred = new() { Capacity = 100, RuntimeBytes = 7 };

    private static readonly Gen<DecoderDimensions> AnyModel =
        from hidden in Gen.Int[8, 512]
        from intermediate in Gen.Int[8, 2_048]
        from layers in Gen.Int[1, 12]
        from groups in Gen.Int[1, 4]
        from keys in Gen.Int[1, 4]
        from vocabulary in Gen.Int[10, 50_000]
        from tied in Gen.Bool
        select new DecoderDimensions
        {
            HiddenSize = hidden,
            IntermediateSize = intermediate,
            LayerCount = layers,
            HeadCount = groups * keys * 4,
            KeyValueHeadCount = keys,
            HeadDim = 8,
            VocabularySize = vocabulary,
            HasTiedHead = tied,
        };

    private static readonly Gen<TrainingFootprintOptions> AnyOptions =
        from capacity in Gen.Int[1, 70_000]
        from precision in Gen.Enum<TrainingPrecision>()
        from lora in Gen.Int[0, 64]
        from checkpointing in Gen.Bool
        from sums in Gen.Bool
        from sharding in Gen.Enum<Sharding>()
        from ranks in Gen.Int[0, 4]
        from gpu in Gen.Bool
        select new TrainingFootprintOptions
        {
            Capacity = capacity,
            Precision = precision,
            LoraRank = lora == 0 ? null : lora,
            GradientCheckpointing = checkpointing,
            Float32Gradients = sums,
            Sharding = sharding,
            Ranks = 1 << ranks,
            IsGpu = gpu,
        };

    [Fact]
    public void Weights_are_those_of_published_models()
    {
        Assert.Equal(6_738_415_616, DecoderDimensions.Llama7B.ParameterCount);
        Assert.Equal(13_015_864_320, DecoderDimensions.Llama13B.ParameterCount);
        Assert.Equal(6_243_584_000 - (28 * 4_608), DecoderDimensions.ChatGlm6B.ParameterCount); // without the biases of query, key and value
        Assert.Equal(592, Tiny.LayerParameterCount);
        Assert.Equal(2 * 592 + 168, Tiny.ParameterCount);
        Assert.Equal(Tiny.ParameterCount - 80, (Tiny with { HasTiedHead = true }).ParameterCount);
        Assert.Equal(Tiny.LayerParameterCount + (3 * 8 * 48), (Tiny with { ExpertsWidth = 64 }).LayerParameterCount);
        Assert.Equal(Tiny.LayerParameterCount - (8 * 16), (Tiny with { IsGated = false }).LayerParameterCount);
        Assert.Equal(256, Tiny.GetAdapterParameterCount(1)); // 2 x (16 + 16 + 12 + 12 + 3 x 24)
    }

    [Fact]
    public void Parts_in_float32_are_those_computed_by_hand()
    {
        TrainingFootprint footprint = TrainingFootprint.Of(Tiny, Hundred);

        Assert.Equal(1_352 * 4, footprint[Weights]);
        Assert.Equal(1_352 * 4, footprint[Gradients]);
        Assert.Equal(1_352 * 8, footprint[OptimizerState]);
        Assert.Equal((2 * 100 * ((6 * 8) + (2 * 12) + 2 + (4 * 16)) * 4) + (100 * 4 * 4), footprint[KeptActivations]);
        Assert.Equal(100 * ((2 * 16) + 8 + 8 + 8) * 4, footprint[ActivationsInFlight]);
        Assert.Equal(100 * 3 * 8 * 4, footprint[AttentionWorkspace]);
        Assert.Equal((10 * 10 * 4) + (10 * 8 * 4) + (10 * 8 * 8) + (100 * 8 * 3 * 4), footprint[Loss]);
        Assert.Equal(0, footprint[Communication]);
        Assert.Equal(2 * 100 * 28, footprint[Batches]);
        Assert.Equal(0, footprint[FreedMemory]);
        Assert.Equal(7, footprint[Runtime]);
        Assert.Equal(footprint.Parts.Where(part => part.Kind != Loss).Sum(part => part.Bytes), footprint.TotalBytes);
    }

    [Fact]
    public void What_the_allocator_keeps_grows_with_what_comes_and_goes()
    {
        TrainingFootprint kept = TrainingFootprint.Of(Tiny, Hundred with { KeepsFreedMemory = true });
        TrainingFootprint mixed = TrainingFootprint.Of(Tiny, Hundred with { KeepsFreedMemory = true, Precision = TrainingPrecision.Mixed });
        TrainingFootprint gpu = TrainingFootprint.Of(Tiny, Hundred with { IsGpu = true });

        Assert.Equal(32_000_000 + (Transient(kept) * 13 / 10), kept[FreedMemory]);
        Assert.Equal(32_000_000 + (Transient(mixed) * 8 / 10), mixed[FreedMemory]);
        Assert.Equal(Transient(gpu) / 10, gpu[FreedMemory]);

        static long Transient(TrainingFootprint footprint) => footprint[ActivationsInFlight] + footprint[AttentionWorkspace] + footprint[Loss];
    }

    [Fact]
    public void Mixed_precision_has_masters_and_recomputed_layers_keep_their_input_alone()
    {
        TrainingFootprint footprint = TrainingFootprint.Of(Tiny, Hundred with { Precision = TrainingPrecision.Mixed, GradientCheckpointing = true, Float32Gradients = true });

        Assert.Equal(1_352 * 2, footprint[Weights]);
        Assert.Equal(1_352 * (2 + 4), footprint[Gradients]);
        Assert.Equal((1_352 * 12) + (1_352 * 4), footprint[OptimizerState]);
        Assert.Equal((2 * 100 * 8 * 2) + (100 * 4 * 2), footprint[KeptActivations]);
        Assert.Equal(100 * ((2 * 8 * 8) + (2 * 12 * 2) + (4 * 2) + (4 * 16 * 2) + (2 * 8 * 2) + (2 * 16 * 2)), footprint[ActivationsInFlight]);
    }

    [Fact]
    public void Adapters_alone_have_gradients_and_moments()
    {
        TrainingFootprint footprint = TrainingFootprint.Of(Tiny, Hundred with { Precision = TrainingPrecision.BFloat16, LoraRank = 3 });

        Assert.Equal((1_352 * 2) + (768 * 4), footprint[Weights]);
        Assert.Equal(768 * 4, footprint[Gradients]);
        Assert.Equal(768 * 8, footprint[OptimizerState]);
    }

    [Theory]
    [InlineData(Sharding.None, 1_352 * 2, 1_352 * 2, 1_352 * 16)]
    [InlineData(Sharding.OptimizerState, 1_352 * 2, (1_352 * 2) + (676 * 4), 676 * 12)]
    [InlineData(Sharding.Gradients, 1_352 * 2, (600 * 2) + (676 * 4), 676 * 12)]
    [InlineData(Sharding.Parameters, 600 * 2, (600 * 2) + (676 * 4), 676 * 12)]
    public void Stages_share_one_thing_after_the_other(Sharding sharding, long weights, long gradients, long optimizer)
    {
        TrainingFootprint footprint = TrainingFootprint.Of(Tiny, Hundred with { Precision = TrainingPrecision.Mixed, GradientCheckpointing = true, Ranks = 2, Sharding = sharding });

        Assert.Equal((weights, gradients, optimizer), (footprint[Weights], footprint[Gradients], footprint[OptimizerState]));
    }

    /// <summary>A head of many pieces is more than a layer with what is in flight.</summary>
    [Fact]
    public void Weights_of_a_layer_or_of_the_head_are_whole_at_a_time()
    {
        TrainingFootprintOptions options = Hundred with { GradientCheckpointing = true, Ranks = 2, Sharding = Sharding.Parameters };
        Assert.Equal((592 + 8) * 4, TrainingFootprint.Of(Tiny, options)[Weights]);
        TrainingFootprint large = TrainingFootprint.Of(Tiny with { VocabularySize = 10_000 }, options);
        Assert.Equal((80_000 + 8) * 4, large[Weights]);
        Assert.Equal(large.Parts.Where(part => part.Kind is not (ActivationsInFlight or AttentionWorkspace)).Sum(part => part.Bytes), large.TotalBytes);
    }

    [Fact]
    public void Frozen_weights_are_shared_too()
        => Assert.Equal(
            (676 * 2) + (600 * 2) + (128 * 4),
            TrainingFootprint.Of(Tiny, Hundred with { Precision = TrainingPrecision.BFloat16, LoraRank = 1, GradientCheckpointing = true, Ranks = 2, Sharding = Sharding.Parameters })[Weights]);

    [Fact]
    public void Ranks_that_share_a_pack_share_its_activations()
    {
        TrainingFootprintOptions alone = new() { GradientCheckpointing = true, Precision = TrainingPrecision.Mixed, Ranks = 2, IsGpu = true };
        (TrainingFootprint one, TrainingFootprint two) = (TrainingFootprint.Of(DecoderDimensions.Llama7B, alone), TrainingFootprint.Of(DecoderDimensions.Llama7B, alone with { SequenceParallelism = 2 }));

        Assert.Equal(one[KeptActivations] / 2, two[KeptActivations]);
        Assert.Equal(one[ActivationsInFlight] / 2, two[ActivationsInFlight]);
        Assert.Equal(one[AttentionWorkspace] / 2, two[AttentionWorkspace]);
        Assert.True(two[Communication] > one[Communication]);
    }

    /// <summary>
    /// Float32 weights and, at stage 1, their gradients are a rank's shares as they lie there; the next stages have shares of their own beside what they gather or
    /// have not given away yet, which in a model of a layer or two may be nearly all.
    /// </summary>
    [Fact]
    public void More_ranks_never_take_more_and_each_stage_takes_no_more_than_the_one_before() => Gen.Select(AnyModel, AnyOptions).Sample((model, options) =>
    {
        foreach (Sharding sharding in Enum.GetValues<Sharding>())
        {
            TrainingFootprintOptions few = options with { LoraRank = null, Ranks = Math.Max(2, options.Ranks), Sharding = sharding };
            long states = AtPeak(model, few);
            Assert.True(AtPeak(model, few with { Ranks = 2 * few.Ranks }) <= states);
            long ownShare = few.Precision == TrainingPrecision.Full && sharding > Sharding.OptimizerState ? 4 * ((model.ParameterCount + few.Ranks - 1) / few.Ranks) : 0;
            Assert.True(sharding == Sharding.None || states <= AtPeak(model, few with { Sharding = sharding - 1 }) + ownShare + 16); // a share is rounded up to a whole number
            Assert.True(states <= AtPeak(model, few with { Sharding = Sharding.None }) + 16);
        }
    });

    [Fact]
    public void More_tokens_never_take_less_and_checkpointing_never_keeps_more() => Gen.Select(AnyModel, AnyOptions).Sample((model, options) =>
    {
        TrainingFootprint footprint = TrainingFootprint.Of(model, options);
        Assert.All(footprint.Parts, part => Assert.True(part.Bytes >= 0 && part.Formula.Length > 0));
        Assert.Equal(Enum.GetValues<FootprintPartKind>(), footprint.Parts.Select(part => part.Kind));
        Assert.True(TrainingFootprint.Of(model, options with { Capacity = options.Capacity + 1 }).TotalBytes >= footprint.TotalBytes);
        Assert.True(
            TrainingFootprint.Of(model, options with { GradientCheckpointing = true })[KeptActivations] <= TrainingFootprint.Of(model, options with { GradientCheckpointing = false })[KeptActivations]);
    });

    [Fact]
    public void Advice_fits_when_it_says_so() => Gen.Select(AnyModel, AnyOptions, Gen.Double[0.05, 1.1]).Sample((model, options, share) =>
    {
        long memory = (long)(TrainingFootprint.Of(model, options).TotalBytes * share);
        FootprintAdvice advice = FootprintAdvice.Of(model, options, memory);
        Assert.Equal(share >= 1 || advice.Asked.TotalBytes <= memory, advice.Fits);
        if (advice.Options is { } changed)
        {
            Assert.True(TrainingFootprint.Of(model, changed).TotalBytes <= memory);
            Assert.Equal(advice.Fits, advice.Changes is []);
            Assert.Equal(options.Ranks, changed.Ranks);
        }
    });

    [Fact]
    public void Each_stage_takes_less_of_a_model_of_many_layers_that_are_computed_again()
    {
        foreach (TrainingPrecision precision in Enum.GetValues<TrainingPrecision>())
        {
            TrainingFootprintOptions options = new() { Ranks = 8, Precision = precision, GradientCheckpointing = true };
            long[] states = [.. Enum.GetValues<Sharding>().Select(sharding => States(DecoderDimensions.Llama7B, options with { Sharding = sharding }))];
            Assert.Equal(states.OrderDescending().Distinct(), states);
        }
    }

    [Fact]
    public void Float32_shares_lie_in_weights_and_gradients()
    {
        long parameters = DecoderDimensions.Llama7B.ParameterCount;
        TrainingFootprintOptions options = new() { Ranks = 8, Precision = TrainingPrecision.Full, Sharding = Sharding.OptimizerState };
        Assert.Equal((8 * parameters) + (8 * parameters / 8), States(DecoderDimensions.Llama7B, options));
    }

    [Fact]
    public void The_least_change_comes_first()
    {
        TrainingFootprintOptions plain = new() { Ranks = 8, IsGpu = true, Precision = TrainingPrecision.Mixed };

        Assert.Equal(["gradient checkpointing"], FootprintAdvice.Of(DecoderDimensions.Llama7B, plain with { Ranks = 1 }, 200_000_000_000).Changes);
        Assert.Equal(["sharding of the optimizer's state"], FootprintAdvice.Of(DecoderDimensions.Llama7B, plain with { Capacity = 4_096, GradientCheckpointing = true }, 60_000_000_000).Changes);
        Assert.Contains("try", FootprintAdvice.Of(DecoderDimensions.Llama7B, plain, 80_000_000_000).ToString(), StringComparison.Ordinal);
        Assert.Contains("nor with any setting", FootprintAdvice.Of(DecoderDimensions.Llama7B, plain, 1_000_000_000).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_can_not_be_is_named()
    {
        Assert.Contains("Capacity is 0; expected at least 1", Assert.Throws<ArgumentOutOfRangeException>(() => new TrainingFootprintOptions { Capacity = 0 }).Message, StringComparison.Ordinal);
        Assert.Contains("HiddenSize is -1", Assert.Throws<ArgumentOutOfRangeException>(() => Tiny with { HiddenSize = -1 }).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new TrainingFootprintOptions { TargetShare = 1.5 });
        Assert.Contains("does not divide 3 ranks", Of(Hundred with { Ranks = 3, SequenceParallelism = 2 }), StringComparison.Ordinal);
        Assert.Contains("does not divide 2 heads", Of(Hundred with { Ranks = 4, SequenceParallelism = 4 }), StringComparison.Ordinal);
        Assert.Contains("at most the capacity of 100", Of(Hundred with { LongestSequence = 101 }), StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => FootprintAdvice.Of(Tiny, Hundred, 0));

        static string Of(TrainingFootprintOptions options) => Assert.Throws<ArgumentException>(() => TrainingFootprint.Of(Tiny, options)).Message;
    }

    /// <summary>Without communication, which only ranks have.</summary>
    private static long AtPeak(DecoderDimensions model, TrainingFootprintOptions options)
    {
        TrainingFootprint footprint = TrainingFootprint.Of(model, options);
        return footprint.TotalBytes - footprint[Communication];
    }

    private static long States(DecoderDimensions model, TrainingFootprintOptions options)
    {
        TrainingFootprint footprint = TrainingFootprint.Of(model, options);
        return footprint[Weights] + footprint[Gradients] + footprint[OptimizerState];
    }
}
