// Trains in several processes, each on its share of every step's sequences, and shows that they stay the same.
//
//   dotnet build samples/DataParallel -c Release
//   mpirun -n 2 dotnet artifacts/bin/DataParallel/release/DataParallel.dll [--threads N] [--measure | --memory [--checkpointing]]
//
// It needs Open MPI (Debian: openmpi-bin). Without mpirun it trains in one process. --measure times the sums instead; --memory measures what
// a pack takes of each rank where all of them share it.
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using DataParallel;
using LongAlign.Data;
using LongAlign.Distributed.Mpi;
using LongAlign.Models;
using LongAlign.Native;
using LongAlign.Programs;
using LongAlign.Sequences;
using LongAlign.Training;
using TorchSharp;
using static TorchSharp.torch;

GlibcTunables.EnsureSet(); // restarts the program with the settings for large tensors, if they are missing
TorchRuntime.EnsureAvailable(); // says in one sentence what is wrong if libtorch can't load
using MpiProcessGroup group = MpiProcessGroup.Initialize();
int threads = Array.IndexOf(args, "--threads") is >= 0 and var i ? int.Parse(args[i + 1], CultureInfo.InvariantCulture) : Math.Max(1, Environment.ProcessorCount / group.LocalSize);
set_num_threads(threads);
if (args.Contains("--measure"))
{
    Measurements.Run(group);
    return;
}

if (args.Contains("--memory"))
{
    await PackMemory.Run(group, args.Contains("--checkpointing"));
    return;
}

string data = Path.Combine(AppContext.BaseDirectory, "data");
string modelFolder = Path.Combine(data, "tiny-llama");
ModelTokenizer tokenizer = ModelTokenizer.Load(modelFolder);
ISequenceDataset dataset = ChatDataset.Load(Path.Combine(data, "short.jsonl")).Tokenize(tokenizer, ChatTemplate.LongAlignLlama, maxLength: 1_024);

// Every rank builds the same model, data and trainer. A step has as many sequences as fill a pack for each rank, dealt out by what they cost.
using CausalLanguageModel model = CausalLanguageModel.Create(ModelConfig.Load(modelFolder), seed: 42);
LongAlignTrainer trainer = LongAlignTrainer.CreateBuilder()
    .UseModel(model)
    .UseDataset(dataset)
    .UsePacking(packing => packing.Capacity = 2_048)
    .UseAdamW(learningRate: 2e-3)
    .UseProcessGroup(group)
    .ReportProgress(new ConsoleProgress()) // rank 0 alone reports
    .Build();
TrainingResult result = await trainer.TrainAsync(epochs: 2);

// Each rank puts a hash of its weights in its own place; the sum shows all of them.
using Tensor hashes = zeros(group.WorldSize, ScalarType.Int64);
hashes[group.Rank] = HashOfWeights();
group.AllReduceSum(hashes);
bool agree = hashes.data<long>().Distinct().Count() == 1;
if (group.Rank == 0)
{
    Console.WriteLine($"{group.WorldSize} ranks of {threads} threads: {result.Steps} steps, loss {result.Losses[0]:F3} -> {result.FinalLoss:F3}, {result.TokensPerSecond:N0} tokens/s together");
    Console.WriteLine(agree ? "All ranks hold the same weights, bit for bit." : "The ranks hold different weights.");
}

Environment.ExitCode = agree ? 0 : 1;

long HashOfWeights()
{
    using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    foreach (Tensor parameter in model.parameters())
    {
        hash.AppendData(parameter.bytes);
    }

    return BinaryPrimitives.ReadInt64LittleEndian(hash.GetHashAndReset());
}
