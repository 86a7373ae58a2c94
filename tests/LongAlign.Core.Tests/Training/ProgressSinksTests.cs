using System.Text.Json;
using LongAlign.Native;
using LongAlign.Training;
using Microsoft.Extensions.Logging;

namespace LongAlign.Core.Tests.Training;

public sealed class ProgressSinksTests
{
    [Fact]
    public async Task A_sink_that_throws_is_logged_once_and_not_called_again_while_training_and_the_others_go_on()
    {
        using ToyModel model = new();
        ListLogger logger = new(LogLevel.Trace);
        ThrowingProgress throwing = new();
        LongAlignTrainerTests.Recorder before = new();
        LongAlignTrainerTests.Recorder after = new();
        TrainingResult result = await LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(12)).UseNaiveBatching().UseLogger(logger)
            .EvaluateEvery(2, LongAlignTrainerTests.Counting(2))
            .ReportProgress(before).ReportProgress(throwing).ReportEvaluations(throwing).ReportProgress(after)
            .Build().TrainStepsAsync(6);
        Assert.Equal(6, result.Steps);
        Assert.Equal(6, before.Reports.Count);
        Assert.Equal(before.Reports, after.Reports);
        Assert.Equal(1, throwing.Calls);
        (LogLevel level, string message, Exception? exception) = Assert.Single(logger.Entries, entry => entry.Exception is not null);
        Assert.Equal(LogLevel.Warning, level);
        Assert.Contains("ThrowingProgress failed and gets no more reports", message, StringComparison.Ordinal);
        Assert.Equal("no space left", exception!.Message);
    }

    [Fact]
    public async Task Steps_are_logged_at_debug_level_and_evaluations_at_information_level()
    {
        using ToyModel model = new();
        ListLogger logger = new(LogLevel.Trace);
        await LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(12)).UseNaiveBatching().UseLogger(logger)
            .EvaluateEvery(2, LongAlignTrainerTests.Counting(2)).Build().TrainStepsAsync(2);
        Assert.Equal(
            ["Information Training 2 steps,", "Information Memory of freed", "Information Batches: padded batches", "Information held out at step", "Debug step 1/2", "Debug step 2/2", "Information held out at step", "Information Trained 2 steps,"],
            logger.Entries.Select(entry => $"{entry.Level} {string.Join(' ', entry.Message.Split(' ').Take(entry.Level == LogLevel.Debug ? 2 : entry.Message[0] == 'h' ? 4 : 3))}"));
        Assert.Equal($"Memory of freed tensors on the CPU: {TorchRuntime.FreedMemory}", logger.Entries[1].Message);
        Assert.Contains("4k ", logger.Entries[3].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_sinks_write_the_same_run()
    {
        using TemporaryFolder folder = new();
        using ToyModel model = new();
        TrainingResult result = await LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(12)).UseNaiveBatching()
            .EvaluateEvery(4, LongAlignTrainerTests.Counting(2))
            .WriteJsonLines(folder.File("run.jsonl")).WriteTensorBoard(folder.File("board"))
            .Build().TrainStepsAsync(8);
        JsonElement[] lines = [.. File.ReadAllLines(folder.File("run.jsonl")).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
        double[] losses = [.. lines.Where(line => line.GetProperty("kind").GetString() == "step").Select(line => line.GetProperty("loss").GetDouble())];
        Assert.Equal(result.Losses, losses);
        Assert.Equal(result.Evaluations.Select(report => report.TokenLoss), lines.Where(line => line.GetProperty("kind").GetString() == "evaluation").Select(line => line.GetProperty("tokenLoss").GetDouble()));

        List<(string Tag, long Step, float Value)> scalars = EventFile.Read(File.ReadAllBytes(Directory.GetFiles(folder.File("board"))[0])).Scalars;
        Assert.Equal(result.Losses.Select(loss => (float)loss), scalars.Where(scalar => scalar.Tag == "train/loss").Select(scalar => scalar.Value));
        Assert.Equal([0, 4, 8], scalars.Where(scalar => scalar.Tag == "evaluation/token_loss").Select(scalar => scalar.Step));
    }

    private sealed class ThrowingProgress : IProgress<TrainingProgress>, IProgress<EvaluationReport>
    {
        public int Calls { get; private set; }

        public void Report(TrainingProgress value) => Throw();

        public void Report(EvaluationReport value) => Throw();

        private void Throw()
        {
            Calls++;
            throw new IOException("no space left");
        }
    }
}
