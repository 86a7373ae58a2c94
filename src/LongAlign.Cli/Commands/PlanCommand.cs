using System.CommandLine;
using System.Globalization;
using System.Text;
using LongAlign.Batching;
using LongAlign.Cli.Planning;
using LongAlign.Cli.Sources;
using LongAlign.Cli.Terminal;
using LongAlign.Packing;

namespace LongAlign.Cli.Commands;

/// <summary><c>longalign plan</c>: what each batching would make of the data.</summary>
internal static class PlanCommand
{
    public static Command Create(ToolConsole console)
    {
        Argument<string[]> inputs = CommonOptions.Inputs("Lengths (.txt, one to a line; .bin, int32), the folder of a token store, or chats.");
        Option<string?> tokenizer = CommonOptions.Text("--tokenizer", "The folder of the tokenizer, for chats.", "FOLDER");
        Option<string?> template = CommonOptions.Text("--template", "The chat template, for chats; the paper's unless set.", "NAME");
        Option<int> capacity = CommonOptions.Number("--capacity", "The most tokens of a pack; longer sequences count as cut.", 65_536, PackingAlgorithm.MaxCapacity);
        Option<int> ranks = CommonOptions.Number("--ranks", "Devices.", 1, 4_096);
        Option<int> accumulation = CommonOptions.Number("--accumulation", "Packs of a step on each device; padded batchings get steps of as many sequences.", 1);
        Option<int> batchSize = CommonOptions.Number("--batch-size", "Rows of a padded batch.", 1);
        Option<string> model = CommonOptions.Choice("--cost-model", "Whose cost decides times.", "llama-2-7b", "llama-2-13b", "chatglm3-6b");
        Option<ulong> seed = CommonOptions.Option("--seed", "Decides the order.", 42UL);
        Command command = new("plan", "Say what batching will cost before anything is trained: packs, padding, waiting.")
        {
            inputs, tokenizer, template, capacity, ranks, accumulation, batchSize, model, seed,
        };
        command.Run(console, (parsed, _) =>
        {
            PlanSetup setup = new(parsed.GetValue(capacity), parsed.GetValue(batchSize), parsed.GetValue(accumulation), parsed.GetValue(ranks), parsed.GetValue(seed));
            using SequenceSource source = SequenceSource.Open(parsed.GetRequiredValue(inputs), parsed.GetValue(tokenizer), parsed.GetValue(template), int.MaxValue);
            int cut = source.Lengths.Count(length => length > setup.Capacity);
            int[] lengths = Array.ConvertAll(source.Lengths, length => Math.Min(length, setup.Capacity));
            new Random((int)setup.Seed).Shuffle(lengths); // packing in order needs short and long ones mixed, and files often are not
            int[] sorted = [.. lengths.Order()];
            PlanResult result = new(
                lengths.Length, lengths.Sum(length => (long)length), sorted[sorted.Length / 2], source.Lengths.Max(), cut, setup.Capacity, setup.Ranks,
                PlannedBatching.PlayAll(lengths, setup, CostOf(parsed.GetValue(model)!)));
            console.WriteResult(result, Describe(result));
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static AttentionCostModel CostOf(string model) => model switch
    {
        "llama-2-13b" => AttentionCostModel.Llama13B64k,
        "chatglm3-6b" => AttentionCostModel.ChatGlm6B64k,
        _ => AttentionCostModel.Llama7B64k,
    };

    private static string Describe(PlanResult result)
    {
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"{result.Sequences:N0} sequences, {result.Tokens:N0} tokens, median {result.Median:N0}, longest {result.Longest:N0}{(result.Cut > 0 ? $" ({result.Cut:N0} cut to the capacity)" : "")}");
        text.AppendLine(CultureInfo.InvariantCulture, $"Packs of {result.Capacity:N0} tokens, {result.Ranks:N0} {(result.Ranks == 1 ? "device" : "devices")}").AppendLine();
        text.AppendLine("| batching          |   batches |     steps |    full | padding | waiting | time over ideal |");
        text.AppendLine("| ----------------- | --------: | --------: | ------: | ------: | ------: | --------------: |");
        foreach (PlannedBatching b in result.Batchings)
        {
            string full = b.Efficiency is { } share ? string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1} %") : "";
            text.AppendLine(CultureInfo.InvariantCulture, $"| {b.Name,-17} | {b.MicroBatches,9:N0} | {b.Steps,9:N0} | {full,7} | {100 * b.PaddingShare,5:F1} % | {100 * b.IdleShare,5:F1} % | {b.TimeOverIdeal,15:F2} |");
        }

        return text.ToString();
    }

    private sealed record PlanResult(
        int Sequences, long Tokens, int Median, int Longest, int Cut, int Capacity, int Ranks, IReadOnlyList<PlannedBatching> Batchings);
}
