using LongAlign.Data;
using LongAlign.Models;
using LongAlign.Packing;
using LongAlign.Samples;
using LongAlign.Sequences;
using LongAlign.Training;

namespace Compare;

/// <summary>The quickstart's training: every fourth conversation, twice, packed and with loss weighting.</summary>
internal static class QuickstartTraining
{
    private const int Capacity = 8_192;
    private const int KeepOneOf = 4;

    /// <summary>The tiny Llama with the random weights that training starts from.</summary>
    public static CausalLanguageModel Create(string modelFolder) => CausalLanguageModel.Create(ModelConfig.Load(modelFolder), seed: 42);

    /// <summary>Trains it; the same weights each time on one machine.</summary>
    public static async Task<CausalLanguageModel> RunAsync(string modelFolder, ModelTokenizer tokenizer, ChatDataset chats)
    {
        TokenizedDataset all = chats.Tokenize(tokenizer, ChatTemplate.LongAlignLlama, maxLength: Capacity);
        int[] kept = [.. Enumerable.Range(0, all.Count).OrderByDescending(i => all[i].Length).Where((_, place) => place % KeepOneOf == 0)];
        new Random(42).Shuffle(kept);
        CausalLanguageModel model = Create(modelFolder);
        TrainingDisplay display = new("training B");
        await display.ShowAsync(() => LongAlignTrainer.CreateBuilder()
            .UseModel(model)
            .UseDataset(new InMemoryDataset(kept.Select(i => all[i])))
            .UsePacking(packing =>
            {
                packing.Capacity = Capacity;
                packing.Algorithm = PackingAlgorithm.Sequential;
            })
            .UseLossWeighting()
            .UseAdamW(2e-3)
            .UseCosineSchedule(warmupRatio: 0.03)
            .UseGradientClipping(1.0)
            .ReportProgress(display)
            .Build()
            .TrainAsync(epochs: 2));
        return model;
    }
}
