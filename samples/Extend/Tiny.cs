using LongAlign.Data;
using LongAlign.Models;
using LongAlign.Sequences;
using LongAlign.Training;

namespace Extend;

/// <summary>The model and the conversations of these programs.</summary>
internal static class Tiny
{
    private static readonly string Data = Path.Combine(AppContext.BaseDirectory, "data");

    public static ModelTokenizer Tokenizer { get; } = ModelTokenizer.Load(Path.Combine(Data, "tiny-llama"));

    public static ISequenceDataset Conversations { get; } =
        ChatDataset.Load(Path.Combine(Data, "short.jsonl")).Tokenize(Tokenizer, ChatTemplate.LongAlignLlama, maxLength: 512).Subset([.. Enumerable.Range(0, 24)]);

    public static CausalLanguageModel Model(ulong seed = 42) => CausalLanguageModel.Create(ModelConfig.Load(Path.Combine(Data, "tiny-llama")), seed);

    /// <summary>A run of packs of 512 tokens, 8 conversations a step.</summary>
    public static async Task<string> TrainAsync(Func<LongAlignTrainerBuilder, LongAlignTrainerBuilder> configure)
    {
        using CausalLanguageModel model = Model();
        LongAlignTrainerBuilder builder = LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Conversations)
            .UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize) = (512, 8));
        return Summary(await configure(builder).Build().TrainAsync());
    }

    public static string Summary(TrainingResult result) => FormattableString.Invariant($"{result.Steps} steps, loss {result.Losses[0]:F3} -> {result.Losses[^1]:F3}");
}
