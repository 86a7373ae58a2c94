using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training;

public sealed class GradientSumsTests
{
    [Fact]
    public void Hundreds_of_small_gradients_are_not_lost()
    {
        using Parameter narrow = new(ones(3, ScalarType.BFloat16));
        using Parameter wide = new(ones(3));
        using GradientSums sums = new([narrow, wide]);
        for (int step = 0; step < 2; step++)
        {
            for (int i = 0; i < 1_000; i++)
            {
                foreach (Parameter parameter in (Parameter[])[narrow, wide])
                {
                    using DisposeScope scope = NewDisposeScope();
                    (parameter.sum() * (1.0 / 1_024)).backward();
                }

                sums.Add();
            }

            sums.WriteBack();
            Assert.Equal([0.9765625f, 0.9765625f, 0.9765625f], narrow.grad!.to(ScalarType.Float32).data<float>().ToArray());
            Assert.Equal(0.9765625f, wide.grad![0].ToSingle(), 1e-5f);
            narrow.grad!.zero_();
            wide.grad!.zero_();
        }
    }

    [Fact]
    public async Task A_run_of_many_micro_batches_has_the_norm_of_float32()
    {
        double expected = await NormOf(ScalarType.Float32, _ => { });
        double inFloat32 = await NormOf(ScalarType.BFloat16, _ => { });
        double inBFloat16 = await NormOf(ScalarType.BFloat16, builder => builder.UseFloat32Gradients(int.MaxValue));
        Assert.InRange(Math.Abs(inFloat32 - expected) / expected, 0, 0.01);
        Assert.InRange(Math.Abs(inBFloat16 - expected) / expected, 0.02, 1);
    }

    private static async Task<double> NormOf(ScalarType dtype, Action<LongAlignTrainerBuilder> configure)
    {
        using ToyModel model = new(dtype: dtype);
        LongAlignTrainerTests.Recorder progress = new();
        LongAlignTrainerBuilder builder = LongAlignTrainerTests.Builder(model, LongAlignTrainerTests.Counting(600))
            .UseNaiveBatching(rows => (rows.BatchSize, rows.GlobalBatchSize) = (1, 600)).ReportProgress(progress);
        configure(builder);
        await builder.Build().TrainStepsAsync(1);
        return progress.Reports[0].GradientNorm;
    }
}
