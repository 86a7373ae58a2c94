using LongAlign.Sequences;
using LongAlign.Training;
using Microsoft.Extensions.Logging;

namespace LongAlign.Core.Tests.Training.Planning;

public sealed class MemoryForecastTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_run_that_can_not_fit_is_warned_of_before_its_first_step(bool isTooLarge)
    {
        DecoderDimensions dimensions = DecoderDimensions.Llama7B with { LayerCount = isTooLarge ? 100_000 : 1, VocabularySize = 13, HiddenSize = 8, HeadDim = 8, IntermediateSize = isTooLarge ? 1_000_000 : 8 };
        using ToyModel model = new() { Dimensions = dimensions };
        ListLogger logger = new(LogLevel.Warning);

        await LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Dataset()).UsePacking(packing => packing.Capacity = 16)
            .UseAdamW(1e-3).UseLogger(logger).Build().TrainStepsAsync(1);

        Assert.Equal(isTooLarge, logger.Messages.Any(message => message.StartsWith("The device's memory is probably too small: by its dimensions the run does not fit: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Nothing_is_said_of_a_model_whose_dimensions_are_not_known()
    {
        using ToyModel model = new();
        ListLogger logger = new(LogLevel.Warning);

        await LongAlignTrainer.CreateBuilder().UseModel(model).UseDataset(Dataset()).UsePacking(packing => packing.Capacity = 16)
            .UseAdamW(1e-3).UseLogger(logger).Build().TrainStepsAsync(1);

        Assert.Empty(logger.Messages);
    }

    private static InMemoryDataset Dataset() => new(Enumerable.Range(0, 4).Select(_ => new TokenSequence([1, 2, 3], [-100, 2, 3])));
}
