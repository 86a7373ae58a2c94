using System.CommandLine;
using System.Globalization;
using System.Text;
using LongAlign.Batching;
using LongAlign.Cli.Planning;
using LongAlign.Cli.Sources;
using LongAlign.Cli.Terminal;
using LongAlign.Packing;

namespace LongAlign.Cli.Commands;

/// <summary><c>longalign plan</c>: what each batching would make of the data, and which to take; and whether a model fits into a device, how long it trains and what that costs.</summary>
internal static class PlanCommand
{
    public static Command Create(ToolConsole console)
    {
        Argument<string[]> inputs = CommonOptions.Inputs("Lengths (.txt, one to a line; .bin, int32), the folder of a token store, or chats.");
        Option<string?> tokenizer = CommonOptions.Text("--tokenizer", "The folder of the tokenizer, for chats.", "FOLDER");
        Option<string?> template = CommonOptions.Text("--template", "The chat template, for chats; the paper's unless set.", "NAME");
        Option<int> capacity = CommonOptions.Number("--capacity", "The most tokens of a pack; longer sequences count as cut.", 65_536, PackingAlgorithm.MaxCapacity);
        Option<int> ranks = CommonOptions.Number("--ranks", "Devices.", 1, 4_096);
        Option<int?> globalBatchSize = CommonOptions.OptionalNumber("--global-batch-size", "Sequences of a step over all devices; unless set, as many as have on average the tokens of its packs.");
        Option<int?> accumulation = CommonOptions.OptionalNumber("--accumulation", "Packs of a step on each device, in place of a global batch size; 1 unless set.");
        Option<int?> batchSize = CommonOptions.OptionalNumber("--batch-size", "Rows of a padded batch; as many as an average pack has sequences unless set.");
        Option<string> composition = CommonOptions.Choice("--composition", "Which sequences come together in a step of packing.", CommonOptions.NamesOf<StepComposition>());
        Option<string> synchronization = CommonOptions.Choice("--synchronization", "When devices wait for each other; at each micro-batch where weights are sharded.", CommonOptions.NamesOf<RankSynchronization>());
        Option<string> model = CommonOptions.Choice("--cost-model", "The model whose cost decides times, without --model.", "llama-2-7b", "llama-2-13b", "chatglm3-6b");
        Option<ulong> seed = CommonOptions.Option("--seed", "The seed of the order.", 42UL);
        Option<string?> report = CommonOptions.Text("--report", "A file for what became of the rows of chats, as JSON.", "FILE");
        FootprintOptions footprint = new();
        inputs.Arity = ArgumentArity.ZeroOrMore;
        Command command = new("plan", "Say before anything is trained what batching will cost: packs, padding, waiting, evenness, and which to take; with --model also whether it fits, how long it takes and what that costs.")
        {
            inputs, tokenizer, template, capacity, ranks, globalBatchSize, accumulation, batchSize, composition, synchronization, model, seed, report,
        };
        footprint.AddTo(command);
        command.Validators.Add(result =>
        {
            if (footprint.FindUseless(result) is { } useless)
            {
                result.AddError($"{useless} has no effect without --model.");
            }

            if (result.GetValue(inputs) is null or [] && !footprint.IsModelGiven(result))
            {
                result.AddError("There is nothing to plan; expected lengths, a token store or chats, or --model.");
            }

            if (result.GetValue(globalBatchSize) is not null && result.GetValue(accumulation) is not null)
            {
                result.AddError("--global-batch-size and --accumulation both say how large a step is; expected one of them.");
            }
        });
        command.Run(console, (parsed, _) =>
        {
            if (parsed.GetValue(inputs) is null or [])
            {
                FootprintResult alone = footprint.Ask(parsed, parsed.GetValue(capacity), parsed.GetValue(ranks), []);
                console.WriteResult(alone, alone.ToString());
                return Task.FromResult(ExitCode.Done);
            }

            PlayedBatchingOptions options = new()
            {
                Capacity = parsed.GetValue(capacity),
                WorldSize = parsed.GetValue(ranks),
                GlobalBatchSize = parsed.GetValue(globalBatchSize),
                AccumulationSteps = parsed.GetValue(accumulation),
                BatchSize = parsed.GetValue(batchSize),
                Composition = CommonOptions.Find<StepComposition>(parsed.GetValue(composition)!),
                Synchronization = CommonOptions.Find<RankSynchronization>(parsed.GetValue(synchronization)!),
                Cost = footprint.ModelOf(parsed) is { } asked ? ModelShapes.Find(asked).ToCostModel() : CostOf(parsed.GetValue(model)!),
                Seed = parsed.GetValue(seed),
            };
            using SequenceSource source = SequenceSource.Open(parsed.GetRequiredValue(inputs), parsed.GetValue(tokenizer), parsed.GetValue(template), int.MaxValue);
            DataReports.Say(console, source.Report);
            if (parsed.GetValue(report) is { } path)
            {
                DataReports.Save(path, source.Report);
            }

            PlanResult result = Plan(source.Lengths, options) with { Data = DataReports.Results(source.Report) };
            FootprintResult? run = footprint.ModelOf(parsed) is null ? null : footprint.Ask(parsed, options.Capacity, options.WorldSize, source.Lengths);
            console.WriteResult(result with { Run = run }, run is null ? Describe(result, options) : $"{Describe(result, options)}\n{run}");
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static PlanResult Plan(int[] lengths, PlayedBatchingOptions options)
    {
        IReadOnlyList<PlayedBatching> batchings = PlayedBatching.PlayAll(lengths, options);
        int[] sorted = [.. lengths.Order()];
        return new PlanResult(
            lengths.Length,
            lengths.Sum(length => (long)Math.Min(length, options.Capacity)),
            Math.Min(sorted[sorted.Length / 2], options.Capacity),
            sorted[^1],
            lengths.Count(length => length > options.Capacity),
            options.Capacity,
            options.WorldSize,
            batchings.Single(batching => batching.Method == PlayedMethod.Packing).GlobalBatchSize!.Value,
            [.. batchings.Select(batching => new BatchingResult(batching))],
            PlanAdvice.Of(batchings, lengths, options));
    }

    private static AttentionCostModel CostOf(string model) => model switch
    {
        "llama-2-13b" => AttentionCostModel.Llama13B64k,
        "chatglm3-6b" => AttentionCostModel.ChatGlm6B64k,
        _ => AttentionCostModel.Llama7B64k,
    };

    private static string Describe(PlanResult result, PlayedBatchingOptions options)
    {
        int packs = options.WorldSize * (options.AccumulationSteps ?? 1);
        string derived = options.GlobalBatchSize is null ? string.Create(CultureInfo.InvariantCulture, $", on average the tokens of {packs:N0} full {(packs == 1 ? "pack" : "packs")}") : "";
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"{result.Sequences:N0} sequences, {result.Tokens:N0} tokens, median {result.Median:N0}, longest {result.Longest:N0}{(result.Cut > 0 ? $" ({result.Cut:N0} cut to the capacity)" : "")}");
        text.AppendLine(CultureInfo.InvariantCulture, $"Packs of {result.Capacity:N0} tokens, {result.Ranks:N0} {(result.Ranks == 1 ? "device" : "devices")}, a global batch size of {result.GlobalBatchSize:N0} sequences{derived}").AppendLine();
        text.AppendLine(BatchingResult.TableHead);
        foreach (BatchingResult batching in result.Batchings)
        {
            text.AppendLine(batching.ToString());
        }

        return text.AppendLine().AppendLine(result.Advice.Text).ToString();
    }

    private sealed record PlanResult(
        int Sequences, long Tokens, int Median, int Longest, int Cut, int Capacity, int Ranks, int GlobalBatchSize, IReadOnlyList<BatchingResult> Batchings, PlanAdvice Advice)
    {
        public IReadOnlyList<ReportResult> Data { get; init; } = [];

        /// <summary>Memory, time and price; null without a model.</summary>
        public FootprintResult? Run { get; init; }
    }
}
