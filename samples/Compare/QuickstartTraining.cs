using LongAlign.Models;
using LongAlign.Samples;
using LongAlign.Training;

namespace Compare;

/// <summary>The quickstart's training: every fourth conversation, twice, packed.</summary>
internal static class QuickstartTraining
{
    private const int KeepOneOf = 4;

    /// <summary>The tiny Llama with the random weights that training starts from.</summary>
    public static CausalLanguageModel Create() => CausalLanguageModel.Create(ModelConfig.Load(SampleConversations.ModelFolder), seed: 42);

    /// <summary>Trains it; the same weights each time on one machine.</summary>
    public static async Task<CausalLanguageModel> RunAsync()
    {
        CausalLanguageModel model = Create();
        TrainingDisplay display = new("training B");
        await display.ShowAsync(() => LongAlignTrainer.CreateBuilder()
            .UseModel(model)
            .UseDataset(SampleConversations.LoadTraining(KeepOneOf))
            .UsePacking(packing =>
            {
                packing.Capacity = SampleConversations.MaxLength;
                packing.GlobalBatchSize = 12;
            })
            .UseAdamW(2e-3)
            .ReportProgress(display)
            .Build()
            .TrainAsync(epochs: 2));
        return model;
    }
}
