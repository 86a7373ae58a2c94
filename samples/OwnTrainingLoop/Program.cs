// The parts without the trainer: a sampler, a collator, a dense mask and the weighted loss, in your own TorchSharp loop, with
// your own model.
//
//   dotnet run --project samples/OwnTrainingLoop -c Release
using LongAlign.Attention;
using LongAlign.Batching;
using LongAlign.Collation;
using LongAlign.Data;
using LongAlign.Losses;
using LongAlign.Native;
using LongAlign.Programs;
using LongAlign.Sequences;
using OwnTrainingLoop;
using TorchSharp;
using static TorchSharp.torch;

GlibcTunables.EnsureSet(); // restarts the program with the settings for large tensors, if they are missing
TorchRuntime.EnsureAvailable(); // says in one sentence what is wrong if libtorch can't load
string data = Path.Combine(AppContext.BaseDirectory, "data");
ModelTokenizer tokenizer = ModelTokenizer.Load(Path.Combine(data, "tiny-llama"));
ISequenceDataset dataset = ChatDataset.Load(Path.Combine(data, "short.jsonl")).Tokenize(tokenizer, ChatTemplate.LongAlignLlama, maxLength: 1_024);

GlobalBatchSampler sampler = new(dataset, globalBatchSize: 20, capacity: 1_024, seed: 42); // 20 sequences a step, in packs of 1,024 tokens
PackedBatchCollator collator = new(dataset);
Console.WriteLine($"{dataset.Count} conversations in {sampler.StepsPerEpoch} steps of {sampler.GlobalBatchSize} or fewer");

random.manual_seed(42);
using TinyTransformer model = new(tokenizer.VocabularySize, width: 64, heads: 4, positions: 1_024);
using WeightedPackingLoss weightedLoss = new();
using optim.Optimizer optimizer = optim.AdamW(model.parameters(), lr: 3e-3);

for (int epoch = 0; epoch < 3; epoch++)
{
    foreach (BatchStep step in sampler.GetSteps(epoch))
    {
        using DisposeScope scope = NewDisposeScope();
        optimizer.zero_grad();
        double stepLoss = 0;
        foreach (MicroBatch microBatch in step.MicroBatches)
        {
            // The totals of the step make the losses of its micro-batches add up: no division by their number.
            using PackedBatch batch = collator.Collate(microBatch);
            Tensor mask = BlockDiagonalMask.Create(batch.Layout, ScalarType.Float32);
            Tensor logits = model.forward(batch.InputIds, batch.PositionIds, mask);
            Tensor loss = weightedLoss.forward(logits, batch);
            loss.backward();
            stepLoss += loss.ToDouble();
        }

        optimizer.step();
        if (step.Index % 5 == 0)
        {
            Console.WriteLine($"epoch {epoch}, step {step.Index}: loss {stepLoss:F3} over {step.Totals.SequenceCount} sequences");
        }
    }
}
