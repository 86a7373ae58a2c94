using LongAlign.Evaluation.Judging;
using LongAlign.Evaluation.Needles;
using LongAlign.Evaluation.Reports;
using SkiaSharp;

namespace LongAlign.Evaluation.Tests.Needles;

public sealed class NeedleHeatMapTests
{
    private static readonly SKColor Pale = new(0xED, 0xF8, 0xB1);
    private static readonly SKColor Middle = new(0x7F, 0xCD, 0xBB);
    private static readonly SKColor Blue = new(0x2C, 0x7F, 0xB8);

    /// <summary>Lengths 1,000 and 60,000, depths 0, 50 and 100; (60,000, 0) has no reply, (60,000, 50) one of two.</summary>
    private static NeedleMap Map => new(
    [
        Result(1_000, 0, 1), Result(1_000, 50, 0.5), Result(1_000, 100, 0), Result(60_000, 0, null), Result(60_000, 50, 1), Result(60_000, 50, null), Result(60_000, 100, 1, judge: 1),
    ]);

    private static NeedleResult Result(int length, double depth, double? score, int? judge = null)
        => new()
        {
            Prompt = new NeedlePrompt
            {
                Length = length,
                Depth = depth,
                Trial = 0,
                Needle = new Needle { Text = "t", Question = "q", Answer = "a" },
                Text = "text",
                TokenCount = length,
                ActualDepth = depth,
            },
            Reply = score is null ? null : "reply",
            Score = score,
            MissingReason = score is null ? "why" : null,
            Verdicts = judge is { } value ? [new Verdict($"[[{value}]]", value, null)] : [],
        };

    private static SKBitmap Draw(NeedleHeatMapOptions options) => SKBitmap.Decode(NeedleHeatMap.ToPng(Map, options));

    private static SKRectI Cell(NeedleHeatMapOptions options, int column, int row)
    {
        using LabelFonts fonts = new(null);
        return SKRectI.Round(NeedleHeatMap.CellOf(NeedleHeatMap.GridOf(Map, options, fonts), Map, column, row));
    }

    private static IEnumerable<SKColor> Pixels(SKBitmap bitmap, SKRectI part)
        => from x in Enumerable.Range(part.Left, part.Width) from y in Enumerable.Range(part.Top, part.Height) select bitmap.GetPixel(x, y);

    [Fact]
    public void Cells_go_from_pale_to_blue_with_their_per_cent_and_missing_ones_are_hatched()
    {
        NeedleHeatMapOptions options = new();
        using SKBitmap picture = Draw(options);
        Assert.Equal((1_750, 800), (picture.Width, picture.Height));
        Assert.Equal(Blue, At(0, 0));
        Assert.Equal(Middle, At(0, 1));
        Assert.Equal(Pale, At(0, 2));
        Assert.Equal(Blue, At(1, 2));
        SKColor[] missing = [.. Pixels(picture, Cell(options, 1, 0)).Distinct()];
        Assert.All(missing, colour => Assert.Equal((colour.Red, colour.Green), (colour.Green, colour.Blue)));
        Assert.True(missing.Length > 2);
        Assert.True(Letters(1, 1) > Letters(1, 2) && Letters(1, 2) > 0); // "100 (1/2)" and "100"

        SKColor At(int column, int row)
        {
            SKRectI cell = Cell(options, column, row);
            return picture.GetPixel(cell.Left + 5, cell.Top + 5);
        }

        int Letters(int column, int row) => Pixels(picture, Cell(options, column, row)).Count(colour => colour == SKColors.Black);
    }

    [Fact]
    public void Cells_and_scales_say_per_cent_or_the_judge_s_score()
    {
        NeedleCell cell = Map.Find(1_000, 50)!;
        Assert.Equal("50", HeatMapScale.TextOf(cell, NeedleScore.ExactMatch));
        Assert.Equal("100 (1/2)", HeatMapScale.TextOf(Map.Find(60_000, 50)!, NeedleScore.ExactMatch));
        Assert.Equal("1", HeatMapScale.TextOf(Map.Find(60_000, 100)!, NeedleScore.Judge));
        Assert.Equal([0d, 20, 40, 60, 80, 100], HeatMapScale.TicksOf(NeedleScore.ExactMatch).Ticks.Select(tick => tick.Number));
        Assert.Equal((0d, 1d, 1d, 10d), (HeatMapScale.TicksOf(NeedleScore.Judge).Ticks[0].Level, HeatMapScale.TicksOf(NeedleScore.Judge).Ticks[0].Number, HeatMapScale.TicksOf(NeedleScore.Judge).Ticks[^1].Level, HeatMapScale.TicksOf(NeedleScore.Judge).Ticks[^1].Number));
    }

    [Fact]
    public void The_judge_s_scores_are_drawn_where_asked_for_and_cells_without_them_are_missing()
    {
        NeedleHeatMapOptions options = new() { Score = NeedleScore.Judge };
        using SKBitmap picture = Draw(options);
        SKRectI judged = Cell(options, 1, 2);
        Assert.Equal(Pale, picture.GetPixel(judged.Left + 5, judged.Top + 5));
        Assert.All(Pixels(picture, Cell(options, 0, 0)), colour => Assert.Equal(colour.Red, colour.Green));
    }

    [Fact]
    public void Colours_are_linear_between_the_three_and_end_with_them()
    {
        Assert.Equal((Pale, Middle, Blue), (MapColors.OfShare(0), MapColors.OfShare(0.5), MapColors.OfShare(1)));
        Assert.Equal((Pale, Blue), (MapColors.OfShare(-3), MapColors.OfShare(12)));
        Assert.Equal(new SKColor(0xB6, 0xE2, 0xB6), MapColors.OfShare(0.25));
    }

    [Theory]
    [InlineData("Needle: LongAlign-7B-64k")]
    [InlineData("大海捞针：模型在六万四千词元内的得分（越绿越好）")]
    [InlineData("Игла 针 Ωμέγα €")]
    public void A_title_is_drawn_whole_with_each_character_as_itself(string title)
    {
        using LabelFonts fonts = new(null);
        HashSet<string> pictures = [];
        string[] characters = [.. title.EnumerateRunes().Where(rune => rune.Value != ' ').Select(rune => rune.ToString()).Distinct()];
        foreach (string character in characters)
        {
            using SKBitmap bitmap = new(40, 40);
            using SKCanvas canvas = new(bitmap);
            canvas.Clear(SKColors.White);
            fonts.Draw(canvas, character, 20, 30, 26);
            Assert.Contains(Pixels(bitmap, new SKRectI(0, 0, 40, 40)), colour => colour.Red < 100);
            pictures.Add(Convert.ToHexString(bitmap.Bytes));
        }

        Assert.Equal(characters.Length, pictures.Count); // boxes for missing characters would all look alike
        NeedleHeatMapOptions options = new() { Title = title };
        using SKBitmap picture = Draw(options);
        Assert.Contains(Pixels(picture, new SKRectI(0, 0, options.Width, 50)), colour => colour == SKColors.Black);
    }

    [Fact]
    public void Every_label_of_the_axes_leaves_ink()
    {
        NeedleHeatMapOptions options = new() { LengthLabel = "上下文长度（词元）", DepthLabel = "深度，%", ScoreLabel = "得分", MissingLabel = "缺失" };
        using SKBitmap picture = Draw(options);
        SKRectI first = Cell(options, 0, 0);
        SKRectI last = Cell(options, 1, 2);
        Ink(0, first.Top, 30, last.Bottom); // depth label
        Ink(first.Left, picture.Height - 35, last.Right, picture.Height); // length label
        for (int row = 0; row < 3; row++)
        {
            Ink(35, Cell(options, 0, row).MidY - 10, first.Left - 2, Cell(options, 0, row).MidY + 10);
        }

        for (int column = 0; column < 2; column++)
        {
            Ink(Cell(options, column, 0).MidX - 10, last.Bottom + 2, Cell(options, column, 0).MidX + 10, picture.Height - 40);
        }

        Ink(last.Right + 45, first.Top - 10, picture.Width, first.Top + 15); // 10
        Ink(last.Right + 85, first.Top, picture.Width, last.Bottom - 60); // score label
        Ink(last.Right + 45, last.Bottom - 20, picture.Width, last.Bottom); // missing

        void Ink(int left, int top, int right, int bottom)
            => Assert.Contains(Pixels(picture, new SKRectI(left, top, right, bottom)), colour => colour.Red < 100 && colour.Green < 100 && colour.Blue < 100);
    }

    [Fact]
    public void A_character_that_no_font_has_and_a_file_that_is_no_font_are_named()
    {
        ArgumentException e = Assert.Throws<ArgumentException>(() => Draw(new NeedleHeatMapOptions { Title = "a\U0010FFF7" }));
        Assert.Contains("U+10FFF7", e.Message, StringComparison.Ordinal);
        using TemporaryFolder folder = new();
        string path = folder.Write("font.ttf", "no font");
        Assert.Contains(path, Assert.Throws<InvalidDataException>(() => Draw(new NeedleHeatMapOptions { FontPath = path })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Draw(new NeedleHeatMapOptions { Width = 100 }));
        NeedleHeatMap.SavePng(Map, folder.File("map.png"));
        Assert.Equal(NeedleHeatMap.ToPng(Map), File.ReadAllBytes(folder.File("map.png")));
    }
}
