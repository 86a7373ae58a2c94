using LongAlign.Training;

namespace LongAlign.Core.Tests.Training;

public sealed class TensorBoardProgressTests
{
    [Fact]
    public void The_event_file_holds_every_scalar_under_its_tag_and_step()
    {
        using TemporaryFolder folder = new();
        TensorBoardProgress sink = new(folder.File("runs/first"));
        sink.Report(Reports.Evaluation(0));
        sink.Report(Reports.Step(1));
        sink.Report(Reports.Step(300, 0.5));

        string file = Assert.Single(Directory.GetFiles(folder.File("runs/first"), "events.out.tfevents.*"));
        (string version, List<(string Tag, long Step, float Value)> scalars) = EventFile.Read(File.ReadAllBytes(file));
        Assert.Equal("brain.Event:2", version);
        Assert.Equal(
            [
                ("evaluation/sequence_loss", 0, 2.5f),
                ("evaluation/token_loss", 0, 3f),
                ("evaluation/sequence_loss/4k", 0, 3.5f),
                ("evaluation/token_loss/4k", 0, 3.75f),
                ("evaluation/sequence_loss/beyond", 0, 1.5f),
                ("evaluation/token_loss/beyond", 0, 1.75f),
                ("train/loss", 1, 1.25f),
                ("train/sequence_loss", 1, 2.25f),
                ("train/token_loss", 1, 3.25f),
                ("train/learning_rate", 1, 2e-5f),
                ("train/gradient_norm", 1, 0.5f),
                ("train/epoch", 1, 1f),
                ("speed/tokens_per_second", 1, 2_000f),
                ("speed/tokens_per_second_of_run", 1, 1_500f),
                ("speed/padding_share", 1, 0.25f),
                ("speed/idle_share", 1, 0.125f),
                ("speed/communication_seconds", 1, 0.25f),
                ("memory/peak_gigabytes", 1, 2.5f),
            ],
            scalars[..18]);
        Assert.Equal(("train/loss", 300L, 0.5f), scalars[18]);
        Assert.Equal(6 + (2 * 12), scalars.Count);
    }

    [Fact]
    public void A_second_run_writes_a_file_of_its_own()
    {
        using TemporaryFolder folder = new();
        new TensorBoardProgress(folder).Report(Reports.Step(1));
        new TensorBoardProgress(folder).Report(Reports.Step(2));
        Assert.Equal(2, Directory.GetFiles(folder, "events.out.tfevents.*").Length);
    }
}
