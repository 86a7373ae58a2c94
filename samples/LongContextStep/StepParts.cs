using System.Diagnostics;
using System.Globalization;
using System.Text;
using LongAlign.Attention;
using LongAlign.Collation;
using LongAlign.Losses;
using LongAlign.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongContextStep;

/// <summary>The parts of a step, each measured alone on tensors of the step's shapes: one layer, times the number of layers.</summary>
internal sealed class StepParts(StepWork work, IReadOnlyList<Parameter> parameters)
{
    private const int GemmSize = 2_048;

    public string ToMarkdown(double stepSeconds)
    {
        double rate = GemmRate();
        (string Name, double Seconds, double Flops)[] parts =
        [
            ("attention", Attention(), work.AttentionFlops),
            ("projections", Projections(), work.ProjectionFlops),
            ("vocabulary projection and loss", Loss(), work.LossFlops),
            ("optimizer, with clipping", Optimizer(), 0),
        ];
        double rest = stepSeconds - parts.Sum(part => part.Seconds);
        StringBuilder text = new();
        text.AppendLine("| part | seconds | share | TFLOP | of the GEMM rate |");
        text.AppendLine("| --- | ---: | ---: | ---: | ---: |");
        foreach ((string name, double seconds, double flops) in parts.Append(("rest: norms, rotary, SiLU, residuals, embedding, pages", rest, 0)).Append(("step", stepSeconds, work.Flops)))
        {
            string work = flops == 0 ? " | " : string.Create(CultureInfo.InvariantCulture, $"{flops / 1e12:N2} | {flops / seconds / rate:P0}");
            text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {seconds:N1} | {seconds / stepSeconds:P1} | {work} |");
        }

        text.AppendLine();
        text.Append(CultureInfo.InvariantCulture, $"GEMM rate of this machine, float32, {GemmSize:N0} cubed: {rate / 1e9:N0} GFLOP/s.");
        return text.ToString();
    }

    private static double GemmRate()
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor a, Tensor b, Tensor c) = (randn(GemmSize, GemmSize), randn(GemmSize, GemmSize), empty(GemmSize, GemmSize));
        double best = Enumerable.Range(0, 8).Min(_ => Seconds(() => c.addmm_(a, b, beta: 0, alpha: 1)));
        return 2 * Math.Pow(GemmSize, 3) / best;
    }

    private double Attention()
    {
        using DisposeScope scope = NewDisposeScope();
        PackLayout layout = PackLayout.FromLengths(work.Lengths);
        Tensor query = Random(work.Tokens, StepModel.Heads, StepModel.HeadDim);
        Tensor key = Random(work.Tokens, StepModel.KeyValueHeads, StepModel.HeadDim);
        Tensor value = Random(work.Tokens, StepModel.KeyValueHeads, StepModel.HeadDim);
        Tensor gradient = randn(query.shape);
        return StepModel.Layers * Checkpointed(() => BlockDiagonalAttention.Forward(query, key, value, layout), gradient);
    }

    private double Projections()
    {
        double seconds = 0;
        foreach ((int outputs, int inputs) in StepWork.Projections)
        {
            using DisposeScope scope = NewDisposeScope();
            (Tensor input, Tensor weight) = (Random(work.Tokens, inputs), Random(outputs, inputs));
            Tensor gradient = randn(work.Tokens, outputs);
            seconds += Checkpointed(() => nn.functional.linear(input, weight), gradient);
        }

        return StepModel.Layers * seconds;
    }

    private double Loss()
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor hidden, Tensor weight) = (Random(work.Targets, StepModel.Hidden), Random(StepModel.Vocabulary, StepModel.Hidden));
        Tensor labels = randint(0, StepModel.Vocabulary, [work.Targets]);
        Tensor weights = ones(work.Targets);
        return Seconds(() => FusedLinearCrossEntropy.Forward(hidden, weight, labels, weights).backward());
    }

    private double Optimizer()
    {
        using FusedAdamW optimizer = new(parameters);
        return Seconds(() => optimizer.ClipAndStep(1e-9, 1));
    }

    /// <summary>As gradient checkpointing has it: forward without a graph, forward with one, backward.</summary>
    private static double Checkpointed(Func<Tensor> forward, Tensor gradient) => Seconds(() =>
    {
        using (no_grad())
        {
            forward().Dispose();
        }

        forward().backward([gradient]);
    });

    private static Tensor Random(params long[] shape) => randn(shape, requires_grad: true);

    private static double Seconds(Action action)
    {
        using DisposeScope scope = NewDisposeScope();
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
