using System.Diagnostics;
using System.Text.Json;

namespace LongAlign.Cli.Tests.Commands;

public sealed class TrainTests
{
    private static readonly string Model = ToolRun.Sample("data", "tiny-llama");

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task A_model_is_trained_saved_and_evaluated_by_the_next_command()
    {
        using TemporaryFolder folder = new();
        string recipe = WriteRecipe(folder);

        ToolRun run = (await ToolRun.OfAsync("train", recipe, "--set", "steps=4", "--set", "lora.rank=2", "--json")).Expect(ExitCode.Done);
        JsonElement again = (await ToolRun.OfAsync("train", recipe, "--set", "steps=4", "--set", "lora.rank=2", "--json")).Expect(ExitCode.Done).Json;

        Assert.Equal(4, run.Json.GetProperty("steps").GetInt32());
        Assert.False(run.Json.GetProperty("isCancelled").GetBoolean());
        Assert.True(run.Json.GetProperty("sequenceLoss").GetDouble() > 0);
        Assert.Contains("training step 4/4, epoch 1, loss", run.Error, StringComparison.Ordinal);
        Assert.Contains("held out at step 4", run.Error, StringComparison.Ordinal);
        Assert.All(["out/model/model.safetensors", "out/model/tokenizer.model", "out/adapter/adapter_model.safetensors", "out/run.jsonl", "out/checkpoints/checkpoint-00000004"], path => Assert.True(Path.Exists(folder.File(path)), path));
        Assert.Equal(run.Json.GetProperty("finalLoss").GetDouble(), again.GetProperty("finalLoss").GetDouble()); // a finished run stays what it is

        File.WriteAllText(folder.File("haystack.txt"), File.ReadAllText(ToolRun.Sample("data", "README.md")));
        string evaluation = folder.Write("evaluate.yaml", """
            model: { folder: out/model, max-output-tokens: 4 }
            needle: { haystack: ., lengths: [200, 300], depths: [0, 100], trials: 1 }
            out: evaluation
            """);
        JsonElement needle = (await ToolRun.OfAsync("evaluate", evaluation, "--json")).Expect(ExitCode.Done).Json.GetProperty("needle");

        Assert.Equal(4, needle.GetProperty("cells").GetArrayLength());
        Assert.Equal(0, needle.GetProperty("missing").GetInt32());
        Assert.Equal(4, JsonDocument.Parse(File.ReadAllText(folder.File("evaluation/results.json"))).RootElement.GetProperty("needles").GetArrayLength());
        Assert.Equal("PNG", System.Text.Encoding.ASCII.GetString(File.ReadAllBytes(folder.File("evaluation/needle.png"))[1..4]));
        Assert.Contains("| depth % | 200 | 300 |", File.ReadAllText(folder.File("evaluation/needle.md")), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Processes_of_mpirun_train_as_one_does_and_the_first_speaks_for_all()
    {
        Assert.SkipWhen(MpiRun.Obstacle is not null, MpiRun.Obstacle ?? "");
        using TemporaryFolder folder = new();
        string recipe = WriteRecipe(folder);
        string[] change = [.. new[] { "steps=4", "batching.global-batch-size=4", "gradient-checkpointing=true" }.SelectMany(change => new[] { "--set", change })];
        (await ToolRun.OfAsync(["train", recipe, .. change])).Expect(ExitCode.Done);

        MpiRun run = MpiRun.Start(2, Path.Combine(AppContext.BaseDirectory, "LongAlign.Cli.dll"), ["train", recipe, .. change, "--set", "ranks.sharding=parameters", "--set", $"out={folder.File("two")}"]);

        Assert.True(run.ExitCode == ExitCode.Done, run.Output);
        Assert.Contains("; 2 processes, parameters sharded", run.Output, StringComparison.Ordinal);
        Assert.True(run.Output.Split("training step 4/4").Length == 2, run.Output);
        Assert.True(run.Output.Split("\n4 steps, loss").Length == 2, run.Output);
        double[] alone = LossesOf("out");
        double[] together = LossesOf("two");
        Assert.Equal(4, together.Length);
        Assert.All(alone.Zip(together), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        string name = Path.Combine("model", "model.safetensors");
        Assert.Equal(new FileInfo(folder.File(Path.Combine("out", name))).Length, new FileInfo(folder.File(Path.Combine("two", name))).Length);

        double[] LossesOf(string name) => [.. File.ReadLines(folder.File(Path.Combine(name, "run.jsonl"))).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.TryGetProperty("learningRate", out _)).Select(line => line.GetProperty("loss").GetDouble())];
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_fault_of_the_recipe_ends_all_processes()
    {
        Assert.SkipWhen(MpiRun.Obstacle is not null, MpiRun.Obstacle ?? "");
        using TemporaryFolder folder = new();

        MpiRun run = MpiRun.Start(2, Path.Combine(AppContext.BaseDirectory, "LongAlign.Cli.dll"), ["train", WriteRecipe(folder), "--set", "ranks.sequence-parallelism=3"]);

        Assert.NotEqual(ExitCode.Done, run.ExitCode);
        Assert.Contains("error: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("3 ranks are to share a pack, and there are 2", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sorted")]
    [InlineData("naive")]
    public async Task A_store_is_trained_on_in_padded_batches(string method)
    {
        using TemporaryFolder folder = new();
        string recipe = WriteRecipe(folder);
        ToolRun tokenized = (await ToolRun.OfAsync("tokenize", folder.Write("tokenize.yaml", $"tokenizer: {Model}\nchats: {{ sources: [{{ path: {ToolRun.Sample("data", "short.jsonl")}, count: 20 }}], max-length: 128 }}\nout: store"), "--json")).Expect(ExitCode.Done);
        string text = string.Join('\n', File.ReadLines(recipe).Where(line => !line.StartsWith("chats", StringComparison.Ordinal)));

        JsonElement result = (await ToolRun.OfAsync(
            "train", folder.Write("store.yaml", $"{text}\nstore: store"), "--set", $"batching.method={method}", "--set", "batching.batch-size=4", "--set", "epochs=1", "--json")).Expect(ExitCode.Done).Json;

        long sequences = tokenized.Json.GetProperty("report").GetProperty("rowsOut").GetInt64() - 4; // without those that are held out
        Assert.Equal((sequences + 3) / 4, result.GetProperty("steps").GetInt32());
        Assert.True(result.GetProperty("paddingShare").GetDouble() > 0);
    }

    [Fact]
    public async Task A_store_of_another_tokenizer_is_refused_with_both_names()
    {
        using TemporaryFolder folder = new();
        string recipe = WriteRecipe(folder);
        (await ToolRun.OfAsync("tokenize", folder.Write("tokenize.yaml", $"tokenizer: {Model}\nchats: {{ sources: [{{ path: {ToolRun.Sample("data", "short.jsonl")}, count: 20 }}], max-length: 128 }}\nout: store"))).Expect(ExitCode.Done);
        Directory.CreateDirectory(folder.File("other-model"));
        foreach (string file in Directory.GetFiles(Model))
        {
            File.Copy(file, Path.Combine(folder.File("other-model"), Path.GetFileName(file)));
        }

        folder.Write("other-model/tokenizer_config.json", """{"bos_token":"<s>","eos_token":"</s>","added_tokens_decoder":{"7999":{"content":"<think>","special":false}}}""");
        string text = string.Join('\n', File.ReadLines(recipe).Where(line => !line.StartsWith("chats", StringComparison.Ordinal)));

        string error = (await ToolRun.OfAsync("train", folder.Write("store.yaml", $"{text}\nstore: store"), "--set", $"model.folder={folder.File("other-model")}")).Expect(ExitCode.Failed).Error;

        Assert.Contains("was made with the tokenizer tiny-llama", error, StringComparison.Ordinal);
        Assert.Contains("other-model", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("packing")]
    [InlineData("packs-first", "batching.algorithm=best-fit", "batching.max-sequences-per-pack=3")]
    [InlineData("balanced-packs", "batching.accumulation=2")]
    [InlineData("packing", "batching.global-batch-size=5", "batching.composition=random", "batching.synchronization=each-micro-batch")]
    [InlineData("packing", "batching.global-batch-size=6", "batching.costliest-first=true", "batching.uneven-end=drop")]
    [InlineData("sorted", "batching.global-batch-size=4", "batching.batch-size=2")]
    [InlineData("naive", "batching.global-batch-size=4")]
    public async Task Every_batching_trains_and_says_its_batches(string method, params string[] changes)
    {
        using TemporaryFolder folder = new();
        string[] set = [.. changes.Append($"batching.method={method}").Append("steps=1").Append("evaluation.hold-out=0").SelectMany(change => new[] { "--set", change })];

        ToolRun run = (await ToolRun.OfAsync(["train", WriteRecipe(folder), "--json", .. set])).Expect(ExitCode.Done);

        string batches = run.Error.Split('\n').Single(line => line.StartsWith("Batches: ", StringComparison.Ordinal));
        Assert.All(changes, change => Assert.Contains(
            change switch
            {
                "batching.global-batch-size=5" => "steps of 5 sequences",
                "batching.global-batch-size=6" => "steps of 6 sequences",
                "batching.global-batch-size=4" => method == "naive" ? "padded batches of 1 sequence in random order, each of at most 256 tokens, 4 micro-batches a step" : "padded batches of 2 sequences of similar length, each of at most 256 tokens, 2 micro-batches a step",
                "batching.composition=random" => "in random order",
                "batching.synchronization=each-micro-batch" => "ranks wait for each other at each micro-batch",
                "batching.costliest-first=true" => "costliest step first",
                "batching.accumulation=2" => "2 micro-batches a step",
                _ => "",
            },
            batches,
            StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("global-batch-size=4", "accumulation=2", "both say how large a step is")]
    [InlineData("method=packs-first", "global-batch-size=4", "batching.global-batch-size can't be combined with packs-first")]
    [InlineData("method=sorted", "algorithm=best-fit", "batching.algorithm applies to packs-first and balanced-packs only; the method is sorted.")]
    [InlineData("method=naive", "composition=random", "batching.composition applies to packing only; the method is naive.")]
    [InlineData("method=naive", "max-sequences-per-pack=3", "batching.max-sequences-per-pack applies to packs only; the method is naive.")]
    [InlineData("method=packing", "batch-size=3", "batching.batch-size applies to sorted and naive only; the method is packing.")]
    [InlineData("method=packs-first", "synchronization=each-micro-batch", "batching.synchronization applies to packing only; the method is packs-first.")]
    public async Task Options_of_batching_that_contradict_each_other_are_named(string first, string second, string message)
    {
        using TemporaryFolder folder = new();

        ToolRun run = (await ToolRun.OfAsync("train", WriteRecipe(folder), "--set", $"batching.{first}", "--set", $"batching.{second}")).Expect(ExitCode.Usage);

        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("packing")]
    [InlineData("packs-first")]
    [InlineData("balanced-packs")]
    [InlineData("sorted")]
    [InlineData("naive")]
    public async Task A_sequence_that_is_too_long_is_an_error_with_its_file_and_line_and_cut_only_where_asked(string method)
    {
        using TemporaryFolder folder = new();
        string[] common = ["train", WriteRecipe(folder), "--set", "steps=1", "--set", "evaluation.hold-out=0", "--set", $"batching.method={method}"];

        ToolRun refused = (await ToolRun.OfAsync([.. common, "--set", "batching.capacity=40"])).Expect(ExitCode.Failed);
        ToolRun nothing = (await ToolRun.OfAsync([.. common, "--set", "batching.capacity=5", "--set", "batching.overlong=truncate-right"])).Expect(ExitCode.Failed);
        ToolRun cut = (await ToolRun.OfAsync([.. common, "--set", "batching.capacity=40", "--set", "batching.overlong=truncate-left"])).Expect(ExitCode.Done);

        Assert.Matches(@"Sequence \d+ \(.*short\.jsonl:\d+\) has \d+ tokens, and the most that a sequence may have is 40", refused.Error);
        Assert.Contains("there is nothing to learn", nothing.Error, StringComparison.Ordinal);
        Assert.Matches("Warning: [1-9][0-9]* sequences are cut to 40 tokens", cut.Error);
    }

    [Theory]
    [InlineData("kind=constant", "least-factor=0.1", "schedule.least-factor can't be combined with constant")]
    [InlineData("kind=cosine", "decay-ratio=0.1", "schedule.decay-ratio applies to warmup-stable-decay only; the kind is cosine.")]
    public async Task Numbers_that_do_not_go_with_the_schedule_are_refused(string first, string second, string fault)
    {
        using TemporaryFolder folder = new();
        ToolRun refused = (await ToolRun.OfAsync("train", WriteRecipe(folder), "--set", $"schedule.{first}", "--set", $"schedule.{second}")).Expect(ExitCode.Usage);
        Assert.Contains(fault, refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Each_schedule_has_its_learning_rates()
    {
        async Task<string> RatesOf(string kind, params string[] more)
        {
            using TemporaryFolder folder = new();
            (await ToolRun.OfAsync(["train", WriteRecipe(folder), "--set", "steps=4", "--set", $"schedule.kind={kind}", "--set", "schedule.warmup-ratio=0", "--set", "evaluation.hold-out=0", .. more.SelectMany(set => new[] { "--set", $"schedule.{set}" })])).Expect(ExitCode.Done);
            IEnumerable<double> rates = File.ReadLines(folder.File("out/run.jsonl")).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("learningRate").GetDouble());
            return string.Join(' ', rates.Select(rate => Math.Round(rate, 8).ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }

        Assert.Equal("0.002 0.002 0.002 0.002", await RatesOf("constant"));
        Assert.Equal("0.002 0.0015 0.001 0.0005", await RatesOf("linear"));
        Assert.Equal("0.002 0.00170711 0.001 0.00029289", await RatesOf("cosine"));
        Assert.Equal("0 0.001 0.002 0.0011", await RatesOf("linear", "warmup-steps=2", "least-factor=0.1"));
        Assert.Equal("0.002 0.002 0.002 0.001", await RatesOf("warmup-stable-decay", "decay-ratio=0.5"));
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Layers_computed_again_change_nothing_and_bfloat16_little()
    {
        async Task<(double Loss, TemporaryFolder Folder)> LossOf(params string[] changes)
        {
            TemporaryFolder folder = new();
            string[] set = [.. changes.Append("steps=2").Append("evaluation.hold-out=0").SelectMany(change => new[] { "--set", change })];
            ToolRun run = (await ToolRun.OfAsync(["train", WriteRecipe(folder), "--json", .. set])).Expect(ExitCode.Done);
            Assert.DoesNotContain("held out at", run.Error, StringComparison.Ordinal);
            return (run.Json.GetProperty("finalLoss").GetDouble(), folder);
        }

        (double loss, TemporaryFolder plain) = await LossOf("model.device=cpu");
        (double again, TemporaryFolder checkpointed) = await LossOf("gradient-checkpointing=true");
        (double narrow, TemporaryFolder bfloat16) = await LossOf("model.dtype=bfloat16");
        (double extended, TemporaryFolder longer) = await LossOf("model.extend-context=true");
        using (plain)
        using (checkpointed)
        using (bfloat16)
        using (longer)
        {
            Assert.Equal(loss, again, 1e-6 * loss);
            Assert.NotEqual(loss, narrow);
            Assert.Equal(loss, narrow, 0.02 * loss);
            Assert.Contains("BF16", Header(bfloat16), StringComparison.Ordinal);
            Assert.DoesNotContain("BF16", Header(plain), StringComparison.Ordinal);
            Assert.NotEqual(loss, extended);
            Assert.NotEqual(File.ReadAllText(plain.File("out/model/config.json")), File.ReadAllText(longer.File("out/model/config.json")));
        }

        static string Header(TemporaryFolder folder) => System.Text.Encoding.ASCII.GetString(File.ReadAllBytes(folder.File("out/model/model.safetensors"))[8..4_000]);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public async Task An_adapter_is_evaluated_on_the_model_it_was_trained_on()
    {
        using TemporaryFolder folder = new();
        string recipe = WriteRecipe(folder);
        (await ToolRun.OfAsync("train", recipe, "--set", "steps=1", "--set", "evaluation.hold-out=0")).Expect(ExitCode.Done);
        string lora = folder.Write("lora.yaml", File.ReadAllText(recipe).Replace($"folder: {Model}, random-weights: true", "folder: out/model", StringComparison.Ordinal).Replace("out: out", "out: lora", StringComparison.Ordinal));
        (await ToolRun.OfAsync("train", lora, "--set", "steps=1", "--set", "lora.rank=2", "--set", "evaluation.hold-out=0")).Expect(ExitCode.Done);
        File.WriteAllText(folder.File("haystack.txt"), File.ReadAllText(ToolRun.Sample("data", "README.md")));
        string evaluation = folder.Write("evaluate.yaml", """
            model: { folder: out/model, adapter: lora/adapter, max-output-tokens: 2 }
            needle: { haystack: ., lengths: [200], depths: [0], trials: 1 }
            out: evaluation
            """);

        (await ToolRun.OfAsync("evaluate", evaluation)).Expect(ExitCode.Done);

        Assert.Contains("adapter/adapter_model.safetensors", File.ReadAllText(folder.File("evaluation/results.json")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("store=x", "chats and a store")]
    [InlineData("chats=", "neither chats nor a store")]
    public async Task Data_is_chats_or_a_store(string change, string message)
    {
        using TemporaryFolder folder = new();

        Assert.Contains(message, (await ToolRun.OfAsync("train", WriteRecipe(folder), "--set", change)).Expect(ExitCode.Usage).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_template_that_there_is_not_is_refused_with_those_there_are()
    {
        using TemporaryFolder folder = new();

        Assert.Contains("Llama3", (await ToolRun.OfAsync("train", WriteRecipe(folder), "--set", "chats.template=Llama9")).Expect(ExitCode.Failed).Error, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Speed", "Slow")]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Interrupted_a_run_saves_itself_and_the_same_command_goes_on(string signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are sent with kill.");
        Assert.SkipWhen(IsIgnored(signal), $"This process was started with SIG{signal} ignored, as in the background of a script, and so are its children.");
        using TemporaryFolder folder = new();
        string recipe = WriteRecipe(folder);
        string[] change = ["--set", "epochs=1000", "--set", "evaluation.hold-out=0", "--set", "checkpoints.every-steps=10000"];
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "LongAlign.Cli.dll"), "train", recipe, "--json", .. change])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["OMP_NUM_THREADS"] = "1" },
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string log = folder.File("out/run.jsonl");
        while (!process.HasExited && !(File.Exists(log) && new FileInfo(log).Length > 0))
        {
            await Task.Delay(50);
        }

        using (Process kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]))
        {
            kill.WaitForExit();
        }

        process.WaitForExit();
        Assert.True(process.ExitCode == ExitCode.Cancelled, $"exit code {process.ExitCode}: {await error}");
        JsonElement result = JsonDocument.Parse(await output).RootElement;
        int done = result.GetProperty("steps").GetInt32();
        Assert.True(result.GetProperty("isCancelled").GetBoolean());
        Assert.True(Directory.Exists(result.GetProperty("checkpoint").GetString()));
        Assert.Contains("Stopping", await error, StringComparison.Ordinal);

        // The same command goes on; it is stopped again, in this process, after at least one more step.
        using CancellationTokenSource stop = new();
        long length = new FileInfo(log).Length;
        Task<ToolRun> again = Task.Run(() => ToolRun.StoppedAsync(["train", recipe, "--json", .. change], stop.Token));
        while (!again.IsCompleted && new FileInfo(log).Length <= length)
        {
            await Task.Delay(50);
        }

        await stop.CancelAsync();
        JsonElement more = (await again).Expect(ExitCode.Cancelled).Json;
        int[] steps = [.. File.ReadLines(log).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("step").GetInt32())];
        Assert.True(more.GetProperty("steps").GetInt32() > done);
        Assert.Equal(Enumerable.Range(1, steps.Length), steps);
    }

    [Fact]
    public async Task A_run_does_not_go_on_with_other_options_and_says_which_differ()
    {
        using TemporaryFolder folder = new();
        string recipe = WriteRecipe(folder);
        (await ToolRun.OfAsync("train", recipe, "--set", "steps=1")).Expect(ExitCode.Done);

        Assert.Contains("checkpoint", (await ToolRun.OfAsync("train", recipe, "--set", "steps=1", "--set", "batching.accumulation=2")).Expect(ExitCode.Failed).Error, StringComparison.Ordinal);
    }

    // Linux shows the ignored signals of a process as the bits of a hexadecimal number, the signal 1 first.
    private static bool IsIgnored(string signal)
        => File.Exists("/proc/self/status")
            && File.ReadLines("/proc/self/status").Single(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) is var line
            && (Convert.ToUInt64(line.Split('\t')[1], 16) >> ((signal == "INT" ? 2 : 15) - 1) & 1) == 1;

    private static string WriteRecipe(TemporaryFolder folder) => folder.Write("train.yaml", $$"""
        model: { folder: {{Model}}, random-weights: true }
        chats: { sources: [ { path: {{ToolRun.Sample("data", "short.jsonl")}}, count: 24 } ], max-length: 128 }
        batching: { capacity: 256 }
        optimizer: { learning-rate: 2e-3 }
        evaluation: { hold-out: 4, every-steps: 2 }
        out: out
        """);
}
