using System.Text.Json.Nodes;
using LongAlign.Training;
using LongAlign.Training.Checkpoints;
using LongAlign.TrainingHost;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training.Checkpoints;

public sealed class CheckpointDirectoryTests
{
    [Fact]
    public async Task The_newest_are_kept_and_the_last_step_is_saved()
    {
        using TemporaryFolder folder = new();
        TrainingResult result = await Builder(new DropoutDecoder()).SaveCheckpoints(folder, everySteps: 2, keep: 3).Build().TrainStepsAsync(9);
        Assert.Equal(["checkpoint-00000006", "checkpoint-00000008", "checkpoint-00000009"], Names(folder));
        Assert.Equal(folder.File("checkpoint-00000009"), result.Checkpoint);
    }

    [Fact]
    public async Task An_old_one_goes_only_when_the_new_one_is_whole()
    {
        using TemporaryFolder folder = new();
        BrokenModel model = new(folder) { BreaksAt = 3 };
        await Assert.ThrowsAsync<CheckpointException>(() => LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(TinyRun.Dataset()).UseNaiveBatching().UseAdamW()
            .SaveCheckpoints(folder, everySteps: 1, keep: 1).Build().TrainStepsAsync(5));
        Assert.Equal(["", "checkpoint-00000001", "checkpoint-00000002"], model.SeenWhileSaving); // beside the new one
        Assert.Equal(["checkpoint-00000002"], Names(folder));
        Assert.NotNull(CheckpointDirectory.FindWhole(folder, NullLogger.Instance, []));
    }

    [Fact]
    public async Task The_best_is_kept_beside_the_newest()
    {
        using TemporaryFolder folder = new();
        await Builder(new DropoutDecoder()).SaveCheckpoints(folder, everySteps: 1, keep: 9).Build().TrainStepsAsync(5);
        CheckpointDirectory directory = new(folder);
        foreach ((int step, double? loss) in new (int, double?)[] { (1, 2), (2, 1), (3, double.NaN), (4, null), (5, 1.5) })
        {
            string path = Path.Combine(directory.FolderOf(step), "state.json");
            CheckpointState state = CheckpointWriter.ReadState(directory.FolderOf(step)) with { Evaluations = loss is { } number ? [Reports.Evaluation(step, number)] : [] };
            CheckpointJson.Write(path, state, CheckpointJson.Default.CheckpointState);
        }

        directory.DeleteOld(upTo: 5, keep: 2, keepBest: true, NullLogger.Instance);
        Assert.Equal([5, 4, 2], directory.Steps);
        directory.DeleteOld(upTo: 5, keep: 1, keepBest: false, NullLogger.Instance);
        Assert.Equal([5], directory.Steps);
    }

    [Fact]
    public async Task A_process_killed_while_it_deleted_a_checkpoint_does_not_stop_the_next_deletion()
    {
        using TemporaryFolder folder = new();
        await Builder(new DropoutDecoder()).SaveCheckpoints(folder, everySteps: 1, keep: 9).Build().TrainStepsAsync(2);
        Directory.CreateDirectory(folder.File("checkpoint-00000001.old/half"));
        new CheckpointDirectory(folder).DeleteOld(upTo: 2, keep: 1, keepBest: false, NullLogger.Instance);
        Assert.Equal(["checkpoint-00000002"], Names(folder));
    }

    [Fact]
    public async Task A_checkpoint_of_another_version_of_the_library_is_taken_with_a_warning()
    {
        using TemporaryFolder folder = new();
        await Builder(new DropoutDecoder()).SaveCheckpoints(folder, everySteps: 1).Build().TrainStepsAsync(1);
        string manifest = folder.File($"checkpoint-00000001/{CheckpointManifest.FileName}");
        JsonNode json = JsonNode.Parse(File.ReadAllText(manifest))!;
        json["library"] = "LongAlign.Core 0.0.1";
        File.WriteAllText(manifest, json.ToJsonString());
        ListLogger logger = new();
        Assert.Equal(1, CheckpointDirectory.FindWhole(folder, logger, [])?.State.Step);
        string warning = Assert.Single(logger.Messages);
        Assert.Contains("LongAlign.Core 0.0.1", warning, StringComparison.Ordinal);
        Assert.Contains(CheckpointManifest.ThisLibrary, warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_another_model_are_refused_tensor_by_tensor()
    {
        using TemporaryFolder folder = new();
        using DisposeScope scope = NewDisposeScope();
        ModuleWeights.Save(nn.Sequential(("a", nn.Linear(3, 2)), ("b", nn.Linear(2, 2, hasBias: false))), folder);
        using Sequential other = nn.Sequential(("a", nn.Linear(3, 2, dtype: ScalarType.BFloat16)), ("c", nn.Linear(2, 2, hasBias: false)));
        string before = string.Join(' ', other.parameters().Select(p => p.to(ScalarType.Float32).sum().ToSingle()));
        CheckpointException error = Assert.Throws<CheckpointException>(() => ModuleWeights.Load(other, folder));
        Assert.StartsWith($"The tensors in {folder.FullName} are not those of this run", error.Message, StringComparison.Ordinal);
        Assert.Contains("'a.weight' is Float32 [2, 3], expected BFloat16 [2, 3]", error.Message, StringComparison.Ordinal);
        Assert.Contains("'c.weight' is missing", error.Message, StringComparison.Ordinal);
        Assert.Contains("'b.weight' is not part of this run", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, string.Join(' ', other.parameters().Select(p => p.to(ScalarType.Float32).sum().ToSingle())));
    }

    [Fact]
    public async Task What_a_killed_process_left_is_cleared_at_the_next_start_and_nothing_else()
    {
        using TemporaryFolder folder = new();
        await Builder(new DropoutDecoder()).SaveCheckpoints(folder, everySteps: 2).Build().TrainStepsAsync(4);
        string[] others = ["notes.new", "checkpoint-1.new", "checkpoint-00000004.txt"];
        Array.ForEach([.. others, "checkpoint-00000006.new", "checkpoint-00000002.old"], name => Directory.CreateDirectory(folder.File($"{name}/model")));
        await Builder(new DropoutDecoder()).SaveCheckpoints(folder, everySteps: 2).ResumeFrom(folder).Build().TrainStepsAsync(4);
        string[] expected = ["checkpoint-00000002", "checkpoint-00000004", .. others];
        Assert.Equal(expected.Order(StringComparer.Ordinal), Names(folder));
    }

    [Fact]
    public async Task A_directory_with_checkpoints_of_another_run_is_refused()
    {
        using TemporaryFolder folder = new();
        using TemporaryFolder elsewhere = new();
        await Builder(new DropoutDecoder()).SaveCheckpoints(folder, everySteps: 2).Build().TrainStepsAsync(2);
        CheckpointException error = await Assert.ThrowsAsync<CheckpointException>(() => Builder(new DropoutDecoder()).SaveCheckpoints(folder, everySteps: 2).Build().TrainStepsAsync(2));
        Assert.Contains("up to step 2", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CheckpointException>(
            () => Builder(new DropoutDecoder()).SaveCheckpoints(folder, everySteps: 2).ResumeFrom(elsewhere, orBegin: true).Build().TrainStepsAsync(2));
    }

    [Fact]
    public async Task Two_runs_do_not_save_to_one_directory_at_a_time()
    {
        using TemporaryFolder folder = new();
        using (new CheckpointDirectory(folder).Lock())
        {
            CheckpointException error = await Assert.ThrowsAsync<CheckpointException>(() => Builder(new DropoutDecoder()).SaveCheckpoints(folder, everySteps: 2).Build().TrainStepsAsync(2));
            Assert.Contains("in use by another run", error.Message, StringComparison.Ordinal);
        }

        await Builder(new DropoutDecoder()).SaveCheckpoints(folder, everySteps: 2).Build().TrainStepsAsync(2);
        Assert.Equal(["checkpoint-00000002"], Names(folder));
    }

    [Fact]
    public async Task Saving_leaves_no_tensor_behind()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using TemporaryFolder folder = new();
        using DropoutDecoder model = new();
        Dictionary<int, long> live = [];
        LongAlignTrainerTests.Recorder progress = new() { Then = report => live[report.Step] = Tensor.TotalCount };
        await Builder(model).SaveCheckpoints(folder, everySteps: 1, keep: 1).ReportProgress(progress).Build().TrainStepsAsync(12);
        await Builder(model).SaveCheckpoints(folder, everySteps: 1, keep: 1).ResumeFrom(folder).ReportProgress(progress).Build().TrainStepsAsync(12);
        Assert.True(live[12] <= live[4], $"{live[4]} tensors after step 4, {live[12]} after step 12.");
    }

    [Fact]
    public async Task A_disk_that_is_full_stops_the_run_and_leaves_the_earlier_checkpoint()
    {
        using TemporaryFolder folder = new();
        BrokenModel model = new(folder)
        {
            BreaksAt = 2,
            Breaks = weights =>
        {
            // A file that is always full, where there is one.
            string target = Path.Combine(weights, "weights");
            if (File.Exists("/dev/full"))
            {
                File.CreateSymbolicLink(target, "/dev/full");
            }
            else
            {
                throw new IOException("There is not enough space on the disk.");
            }

            File.WriteAllBytes(target, new byte[100_000]);
        }
        };
        CheckpointException error = await Assert.ThrowsAsync<CheckpointException>(() => LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(TinyRun.Dataset()).UseNaiveBatching().UseAdamW()
            .SaveCheckpoints(folder, everySteps: 1).Build().TrainStepsAsync(5));
        Assert.Contains($"step 2 could not be written to {folder.File("checkpoint-00000002.new")}", error.Message, StringComparison.Ordinal);
        Assert.IsAssignableFrom<IOException>(error.InnerException);
        Assert.Equal(["checkpoint-00000001"], Names(folder));
        Assert.Equal(1, CheckpointDirectory.FindWhole(folder, NullLogger.Instance, [])?.State.Step);
    }

    [Fact]
    public async Task A_small_file_system_that_fills_up_does_so_too()
    {
        using TemporaryFolder folder = new();
        Assert.SkipUnless(SmallFileSystem.TryMount(folder, kilobytes: 256, out string? reason), $"No small file system: {reason}");
        try
        {
            // Each checkpoint takes some 150 kB: there is room for one.
            using DropoutDecoder model = new(vocabulary: 900);
            CheckpointException error = await Assert.ThrowsAsync<CheckpointException>(() => Builder(model).SaveCheckpoints(folder, everySteps: 1).Build().TrainStepsAsync(5));
            Assert.Contains("No space left", error.Message, StringComparison.Ordinal);
            Assert.Equal(["checkpoint-00000001"], Names(folder));
            Assert.Equal(1, CheckpointDirectory.FindWhole(folder, NullLogger.Instance, [])?.State.Step);
        }
        finally
        {
            SmallFileSystem.Unmount(folder);
        }
    }

    private static LongAlignTrainerBuilder Builder(DropoutDecoder model) => TinyRun.Builder(model, TinyRun.Dataset());

    private static string[] Names(string folder) => [.. Directory.GetFileSystemEntries(folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
}
