using LongAlign.Models;
using LongAlign.Models.Generation;
using LongAlign.Training;

namespace Extend;

/// <summary>Writes a sample answer every few steps, adds a metric, and stops the run when the loss is low enough.</summary>
internal sealed class SampleAnswers(CausalLanguageModel model, int every, double goodLoss) : ITrainingCallback
{
    private readonly IReadOnlyList<int> _prompt = Tiny.Tokenizer.Encode("Question: what is a long context?");

    public void AfterStep(TrainingContext context)
    {
        TrainingProgress step = context.Progress!;
        context.AddMetric("perplexity", Math.Exp(step.TokenLoss)); // in every sink, with the step
        if (step.Step % every == 0 && context.Rank == 0)
        {
            // Evaluation mode, no gradients; training does not miss the random numbers.
            context.RunUndisturbed(_ =>
            {
                IReadOnlyList<int> answer = new TokenGenerator(model).Generate([_prompt], new GenerationOptions { MaxNewTokens = 8 })[0].TokenIds;
                Console.WriteLine($"  step {step.Step}: '{Tiny.Tokenizer.Decode([.. answer])}'");
            });
        }

        if (step.Loss < goodLoss)
        {
            context.RequestCheckpoint();
            context.Stop($"the loss is below {goodLoss}");
        }
    }

    public static async Task<string> RunAsync()
    {
        using CausalLanguageModel model = Tiny.Model();
        TrainingResult result = await LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Tiny.Conversations)
            .UsePacking(packing => (packing.Capacity, packing.GlobalBatchSize) = (512, 8)).UseAdamW(5e-3)
            .UseCallback(new SampleAnswers(model, every: 4, goodLoss: 7))
            .Build().TrainAsync(epochs: 8);
        return $"{Tiny.Summary(result)}; stopped because {result.StopReason ?? "all steps were done"}";
    }
}
