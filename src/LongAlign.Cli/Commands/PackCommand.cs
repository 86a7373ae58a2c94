using System.CommandLine;
using LongAlign.Batching;
using LongAlign.Cli.Planning;
using LongAlign.Cli.Sources;
using LongAlign.Cli.Terminal;
using LongAlign.Data.Export;
using LongAlign.Packing;
using LongAlign.Sequences;

namespace LongAlign.Cli.Commands;

/// <summary><c>longalign pack</c>: packs written for other trainers, or the plan alone.</summary>
internal static class PackCommand
{
    public static Command Create(ToolConsole console)
    {
        Argument<string[]> inputs = CommonOptions.Inputs("The folder of a token store, or chats; lengths (.txt, .bin) suffice for --format plan.");
        Option<string> path = new("--out") { Description = "The file (parquet, plan) or folder (reference) to write.", Required = true, HelpName = "PATH" };
        Option<string> format = CommonOptions.Choice("--format", "Packs as a Parquet table, packs as the reference's NumPy files, or the plan as JSON.", "parquet", "reference", "plan");
        Option<int> capacity = CommonOptions.Number("--capacity", "The most tokens of a pack.", 65_536, PackingAlgorithm.MaxCapacity);
        Option<string> algorithm = CommonOptions.Choice("--algorithm", "Which sequences go together.", [.. Algorithms.ByName.Keys]);
        Option<string> overlong = CommonOptions.Choice("--overlong", "What happens to a sequence longer than a pack.", CommonOptions.NamesOf<OverlongPolicy>());
        Option<int> most = CommonOptions.Number("--max-sequences", "The most sequences of a pack.", int.MaxValue);
        Option<int> devices = CommonOptions.Number("--devices", "GPUs of the training, for --format reference.", 1);
        Option<string?> tokenizer = CommonOptions.Text("--tokenizer", "The folder of the tokenizer, for chats.", "FOLDER");
        Option<string?> template = CommonOptions.Text("--template", "The chat template, for chats; the paper's unless set.", "NAME");
        Option<ulong> seed = CommonOptions.Option("--seed", "The seed of the order of the packs.", 42UL);
        Option<string?> report = CommonOptions.Text("--report", "A file for what became of the rows of chats, as JSON; OUT.report.json unless set.", "FILE");
        Command command = new("pack", "Pack sequences and write the packs for another trainer.")
        {
            inputs, path, format, capacity, algorithm, overlong, most, devices, tokenizer, template, seed, report,
        };
        command.Run(console, async (parsed, cancellationToken) =>
        {
            using SequenceSource source = SequenceSource.Open(parsed.GetRequiredValue(inputs), parsed.GetValue(tokenizer), parsed.GetValue(template), int.MaxValue);
            DataReports.Say(console, source.Report);
            OverlongPolicy policy = CommonOptions.Find<OverlongPolicy>(parsed.GetValue(overlong)!);
            IPackingAlgorithm packing = Algorithms.ByName[parsed.GetValue(algorithm)!];
            PackingPlan plan = source.Dataset is { } dataset
                ? packing.Pack(dataset, parsed.GetValue(capacity), policy, parsed.GetValue(most))
                : packing.Pack(source.Lengths, parsed.GetValue(capacity), policy, parsed.GetValue(most));
            MicroBatch[] packs = [.. new PackedBatchSampler(plan, source.Lengths, parsed.GetValue(seed)).GetSteps(epoch: 0).SelectMany(step => step.MicroBatches)];
            string target = Path.GetFullPath(parsed.GetRequiredValue(path));
            switch (parsed.GetValue(format))
            {
                case "plan":
                    Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                    ResultJson.Write(target, new { plan.Capacity, Packs = packs.Select(pack => pack.Indices.ToArray()), plan.LeftOut, plan.Truncated });
                    break;
                case "reference":
                    ReferenceExport.WritePacks(target, TokensOf(source), packs, plan.Capacity, parsed.GetValue(devices));
                    break;
                default:
                    Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                    await ParquetExport.WriteAsync(target, TokensOf(source), packs, cancellationToken);
                    break;
            }

            DataReports.Save(parsed.GetValue(report) ?? target + ".report.json", source.Report);
            console.WriteResult(
                new
                {
                    Sequences = plan.SequenceCount,
                    Packs = plan.Count,
                    plan.Capacity,
                    plan.Efficiency,
                    plan.TokenCount,
                    Truncated = plan.Truncated.Count,
                    LeftOut = plan.LeftOut.Count,
                    Out = target,
                    Data = DataReports.Results(source.Report),
                },
                $"{plan}\nWritten to {target}");
            return ExitCode.Done;
        });
        return command;
    }

    private static ISequenceDataset TokensOf(SequenceSource source)
        => source.Dataset ?? throw new ArgumentException("Lengths have no tokens to write; expected a token store or chats, or --format plan.");
}
