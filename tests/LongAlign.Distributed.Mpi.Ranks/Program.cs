// What the tests start under mpirun: mpirun -n 2 dotnet LongAlign.Distributed.Mpi.Ranks.dll SCENE FOLDER. A scene "shared X" is X of ranks that share packs.
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using LongAlign.Distributed;
using LongAlign.Distributed.Mpi;
using LongAlign.Distributed.Mpi.Ranks;
using TorchSharp;

const string Shared = "shared ";
(string scene, string folder) = (args[0], args[1]);
IReadOnlyList<Recipe> recipes = scene.StartsWith(Shared, StringComparison.Ordinal) ? Recipe.Shared : Recipe.All;
scene = scene.Replace(Shared, "", StringComparison.Ordinal);
torch.set_num_threads(1);
using MpiProcessGroup group = MpiProcessGroup.Initialize(TimeSpan.FromSeconds(scene switch { "hang" => 2, "shared hang" => 8, _ => 60 }));
Console.WriteLine($"rank {group.Rank} of {group.WorldSize}");
if (group.LocalRank != group.Rank || group.LocalSize != group.WorldSize)
{
    throw new InvalidOperationException($"Rank {group.Rank} is number {group.LocalRank} of {group.LocalSize} on its machine, where all ranks are.");
}

// The rank that misbehaves is the last, in its third step.
bool isOdd = group.Rank == group.WorldSize - 1;
switch (scene)
{
    case "collectives":
        Collectives.Check(group);
        break;
    case "recipes":
        foreach (Recipe recipe in recipes)
        {
            (double[] losses, float[] weights) = recipe.Run(group);
            File.WriteAllBytes(Path.Combine(folder, $"{recipe.Name}.{group.Rank}.losses"), MemoryMarshal.AsBytes<double>(losses));
            File.WriteAllBytes(Path.Combine(folder, $"{recipe.Name}.{group.Rank}.weights"), MemoryMarshal.AsBytes<float>(weights));
        }

        break;
    case "die":
        Train(() => Process.GetCurrentProcess().Kill());
        break;
    case "hang":
        Train(() => Thread.Sleep(Timeout.Infinite));
        break;
    case "throw":
        Train(() => throw new InvalidDataException("Line 7 of long.jsonl is torn."));
        break;
    case "throw before":
        if (isOdd)
        {
            throw new InvalidDataException("There is no file long.jsonl.");
        }

        Train(() => { });
        break;
    case "leave":
        if (!isOdd)
        {
            Train(() => { });
        }

        break;
    case "die at a call":
    case "throw at a call":
        TrainSharded(call: args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : -1);
        break;
    case "differ":
        if (isOdd)
        {
            group.Barrier();
        }
        else
        {
            group.Broadcast(torch.zeros(3));
        }

        break;
    default:
        throw new ArgumentException($"There is no scene {scene}.");
}

Console.WriteLine($"rank {group.Rank} is done");

// In any exchange of a run with sharded weights and checkpoints.
void TrainSharded(int call)
{
    CountedGroup counted = new(group, number =>
    {
        if (isOdd && number == call)
        {
            if (scene == "die at a call")
            {
                Process.GetCurrentProcess().Kill();
            }

            throw new InvalidDataException("Line 7 of long.jsonl is torn.");
        }
    });
    using RankModel model = new(seed: 1);
    Recipe.All.First(recipe => recipe.Name.StartsWith("sharded Parameters", StringComparison.Ordinal))
        .Train(counted, model, builder => builder.SaveCheckpoints(folder, everySteps: 3));
    Console.WriteLine($"calls {counted.Calls}");
}

void Train(Action misbehave)
{
    using RankModel model = new(seed: 1) { BeforePass = isOdd ? pass => Misbehave(pass) : null };
    recipes[0].Train(group, model);

    void Misbehave(int pass)
    {
        if (pass == 2)
        {
            misbehave();
        }
    }
}
