// One part of a run each, changed by a user, and the rest of the trainer kept: checkpoints, evaluation, sinks, ranks.
//
//   dotnet run --project samples/Extend -c Release            all of them, in seconds
//   dotnet run --project samples/Extend -c Release -- lion    one
using Extend;
using LongAlign.Native;
using LongAlign.Programs;

GlibcTunables.EnsureSet(); // restarts the program with the settings for large tensors, if they are missing
TorchRuntime.EnsureAvailable(); // says in one sentence what is wrong if libtorch can't load

Dictionary<string, Func<Task<string>>> programs = new()
{
    ["padded-model"] = PaddedModel.RunAsync,
    ["lion"] = () => Tiny.TrainAsync(builder => builder.UseOptimizer(parameters => new Lion(parameters))),
    ["preferences"] = Preferences.RunAsync,
    ["distillation"] = Distillation.RunAsync,
    ["callback"] = SampleAnswers.RunAsync,
    ["datasets"] = StreamedDataset.RunAsync,
    ["packing"] = OwnPacking.RunAsync,
};
string[] names = args is [] ? [.. programs.Keys] : args;
foreach (string name in names)
{
    Console.WriteLine(programs.TryGetValue(name, out Func<Task<string>>? run)
        ? $"{name}: {await run()}"
        : $"'{name}' is not one of {string.Join(", ", programs.Keys)}.");
}
