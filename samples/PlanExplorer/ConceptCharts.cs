using System.Globalization;
using LongAlign.Batching;
using LongAlign.Packing;
using LongAlign.Sequences;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace PlanExplorer;

/// <summary>The pictures of docs/concepts.md, drawn from real conversations.</summary>
internal static class ConceptCharts
{
    private const int Capacity = 8_192;
    private const int Rows = 4;
    private const int Shown = 6;

    public static void Save(string folder, ISequenceDataset dataset)
    {
        Directory.CreateDirectory(folder);
        int[] order = [.. Enumerable.Range(0, dataset.Count)];
        new Random(42).Shuffle(order);
        int[] lengths = [.. order.Select(index => dataset.Lengths[index])];
        SaveBatches(Path.Combine(folder, "batches.png"), lengths);
        SaveWeights(Path.Combine(folder, "weights.png"), lengths, [.. order.Select(index => dataset.TargetCounts[index])]);
        SaveAttention(Path.Combine(folder, "attention.png"), lengths);
    }

    /// <summary>Rows of random batches, rows of sorted batches, and packs.</summary>
    private static void SaveBatches(string path, int[] lengths)
    {
        PackingPlan plan = PackingAlgorithm.Sequential.Pack(lengths, Capacity);
        (string Name, IEnumerable<MicroBatch> Batches, bool IsPacked)[] panels =
        [
            ("naive: rows as wide as the longest of their batch", MicroBatches(new RandomBatchSampler(lengths, Rows, seed: 42)), false),
            ("sorted: rows of like length", MicroBatches(new SortedBatchSampler(lengths, Rows, seed: 42)), false),
            ("packed: sequences one after another, rows end with the last", plan, true),
        ];
        Multiplot multiplot = new();
        multiplot.AddPlots(panels.Length);
        for (int i = 0; i < panels.Length; i++)
        {
            IEnumerable<int[]> batches = panels[i].Batches.Select(batch => batch.Indices.ToArray().Select(index => lengths[index]).ToArray());
            DrawRows(multiplot.GetPlot(i), panels[i].Name, [.. batches.Select(batch => panels[i].IsPacked ? [batch] : batch.Select(length => new[] { length }).ToArray())], isLast: i == panels.Length - 1);
        }

        multiplot.SavePng(path, 1000, 780);

        static IEnumerable<MicroBatch> MicroBatches(IBatchSampler sampler) => sampler.GetSteps(epoch: 0).SelectMany(step => step.MicroBatches);
    }

    private static void DrawRows(Plot plot, string name, int[][][] batches, bool isLast)
    {
        static int WidthOf(int[][] batch) => batch.Max(sequences => sequences.Sum());
        double real = batches.Sum(batch => batch.Sum(sequences => sequences.Sum()));
        double computed = batches.Sum(batch => batch.Length * (double)WidthOf(batch));

        // From the narrow to the wide: the middle of each sixth part.
        int row = 0;
        foreach (int[][] batch in batches.OrderBy(WidthOf).Chunk((batches.Length + Shown - 1) / Shown).Select(part => part[part.Length / 2]))
        {
            foreach (int[] sequences in batch)
            {
                int end = 0;
                for (int i = 0; i < sequences.Length; i++)
                {
                    Charts.AddBar(plot, end, end + sequences[i], row, i % 2 == 0 ? Charts.Work : Charts.NextWork);
                    end += sequences[i];
                }

                Charts.AddBar(plot, end, WidthOf(batch), row, Charts.Idle);
                row++;
            }
        }

        Charts.Style(
            plot,
            string.Create(CultureInfo.InvariantCulture, $"{name}: {100 * (computed - real) / computed:F0} % of an epoch is padding"),
            isLast ? "tokens; blue: sequences, sand: padding; six batches of an epoch, from the narrow to the wide" : "",
            "row");
        plot.Axes.SetLimits(0, Capacity, row - 0.4, -0.6);
        plot.Axes.Left.TickGenerator = new NumericManual();
        plot.HideGrid();
    }

    /// <summary>Draws the weight of each sequence of an epoch's packs in the loss of its step, over the fair share.</summary>
    private static void SaveWeights(string path, int[] lengths, int[] targets)
    {
        const int PacksOfStep = 4;
        PackingPlan plan = PackingAlgorithm.Sequential.Pack(lengths, Capacity);
        PackedBatchSampler sampler = new(plan, lengths, seed: 42) { AccumulationSteps = PacksOfStep };
        List<double> counts = [];
        List<double> packMean = [];
        List<double> tokenMean = [];
        foreach (BatchStep step in sampler.GetSteps(epoch: 0))
        {
            int sequences = step.MicroBatches.Sum(pack => pack.Count);
            double allTargets = step.MicroBatches.Sum(TargetsOf);
            foreach (MicroBatch pack in step.MicroBatches)
            {
                double packTargets = TargetsOf(pack);
                foreach (int sequence in pack.Indices.Span)
                {
                    counts.Add(Math.Log10(targets[sequence]));
                    packMean.Add(Math.Log10(targets[sequence] / packTargets / step.MicroBatches.Count * sequences));
                    tokenMean.Add(Math.Log10(targets[sequence] / allTargets * sequences));
                }
            }
        }

        using Plot plot = Charts.NewPlot(
            string.Create(CultureInfo.InvariantCulture, $"What a conversation weighs in the loss of its step ({counts.Count} conversations, {PacksOfStep} packs a step)"),
            "target tokens of the conversation",
            "weight, over an equal share");
        Add(packMean, "plain packing (Eq. 3): every pack the same", Charts.Idle);
        Add(tokenMean, "every target token the same", Charts.NextWork);
        var fair = plot.Add.HorizontalLine(0, width: 3, color: Colors.Green);
        fair.LegendText = "loss weighting (Eq. 4): every conversation the same";
        plot.Axes.Bottom.TickGenerator = Powers([1, 2, 5, 10, 20, 50, 100, 200, 500]);
        plot.Axes.Left.TickGenerator = Powers([0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20]);
        plot.ShowLegend(Alignment.UpperLeft);
        plot.SavePng(path, 1000, 560);

        double TargetsOf(MicroBatch pack) => pack.Indices.ToArray().Sum(index => targets[index]);

        void Add(List<double> weights, string name, Color color)
        {
            var points = plot.Add.ScatterPoints(counts.ToArray(), weights.ToArray());
            points.LegendText = name;
            points.Color = color;
            points.MarkerSize = 5;
        }

        static NumericManual Powers(double[] values) => new([.. values.Select(Math.Log10)], [.. values.Select(value => value.ToString(CultureInfo.InvariantCulture))]);
    }

    /// <summary>Draws the tokens that a pack's tokens attend to: a triangle for each sequence, within that of one long sequence.</summary>
    private static void SaveAttention(string path, int[] all)
    {
        int[][] packs = [.. PackingAlgorithm.Sequential.Pack(all, Capacity).Select(pack => pack.Indices.ToArray().Select(index => all[index]).ToArray())];
        int[] lengths = packs.OrderBy(ShareOf).ElementAt(packs.Length / 4);
        long total = lengths.Sum();
        using Plot plot = Charts.NewPlot(
            string.Create(CultureInfo.InvariantCulture, $"A pack of {lengths.Length} conversations attends to {100 * ShareOf(lengths):F0} % of what one long text would"),
            string.Create(CultureInfo.InvariantCulture, $"key; sand: other conversations, never computed; all {total:N0} tokens"),
            "query");
        Triangle(0, total, Charts.Idle);
        int start = 0;
        for (int i = 0; i < lengths.Length; start += lengths[i++])
        {
            Triangle(start, start + lengths[i], i % 2 == 0 ? Charts.Work : Charts.NextWork);
        }

        plot.Axes.SetLimits(0, total, total, 0);
        plot.HideGrid();
        plot.SavePng(path, 700, 640);

        static double ShareOf(int[] pack) => pack.Sum(length => length * (length + 1.0)) / (pack.Sum() * (pack.Sum() + 1.0));

        void Triangle(double from, double to, Color color)
        {
            var triangle = plot.Add.Polygon([new Coordinates(from, from), new Coordinates(from, to), new Coordinates(to, to)]);
            triangle.FillColor = color;
            triangle.LineWidth = 0;
        }
    }
}
