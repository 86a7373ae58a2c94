using System.Globalization;
using LongAlign.Evaluation.Needles;
using LongAlign.Native;
using SkiaSharp;

namespace LongAlign.Evaluation.Reports;

/// <summary>
/// The picture of a needle map: lengths across, depths down, and in each cell the per cent of needles found or the judge's score, from pale
/// yellow to blue. Cells without a score are hatched; those with trials missing say how many have one.
/// </summary>
/// <remarks>Drawn by SkiaSharp; on Linux the application adds its package <c>SkiaSharp.NativeAssets.Linux.NoDependencies</c>.</remarks>
public static class NeedleHeatMap
{
    private const float TextSize = 20;
    private static readonly SKColor Grey = new(0xD0, 0xD0, 0xD0);

    /// <summary>Writes the picture as PNG.</summary>
    /// <param name="map">The map.</param>
    /// <param name="path">The file, which appears under its name when it is whole; replaced if it exists.</param>
    /// <param name="options">How; the defaults where null.</param>
    /// <exception cref="ArgumentException">The picture is too small, or no font has a character of a label; the message names it.</exception>
    /// <exception cref="InvalidDataException">The font can't be read.</exception>
    public static void SavePng(NeedleMap map, string path, NeedleHeatMapOptions? options = null)
        => AtomicFiles.Write(path, ToPng(map, options));

    /// <summary>Makes the picture as PNG.</summary>
    /// <param name="map">The map.</param>
    /// <param name="options">How; the defaults where null.</param>
    /// <returns>The bytes of the file.</returns>
    /// <exception cref="ArgumentException">The picture is too small, or no font has a character of a label; the message names it.</exception>
    /// <exception cref="InvalidDataException">The font can't be read.</exception>
    public static byte[] ToPng(NeedleMap map, NeedleHeatMapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        options ??= new NeedleHeatMapOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Width, 400, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Height, 300, nameof(options));
        using LabelFonts fonts = new(options.FontPath);
        using SKBitmap bitmap = new(new SKImageInfo(options.Width, options.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (SKCanvas canvas = new(bitmap))
        {
            canvas.Clear(SKColors.White);
            SKRect grid = GridOf(map, options, fonts);
            DrawCells(canvas, map, options, fonts, grid);
            DrawAxes(canvas, map, options, fonts, grid);
            DrawScale(canvas, options, fonts, grid);
        }

        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        return data.ToArray();
    }

    /// <summary>The rectangle of a cell, the same for pictures and their tests.</summary>
    internal static SKRect CellOf(SKRect grid, NeedleMap map, int column, int row)
    {
        float width = grid.Width / map.Lengths.Count;
        float height = grid.Height / map.Depths.Count;
        return SKRect.Create(grid.Left + (column * width), grid.Top + (row * height), width, height);
    }

    internal static SKRect GridOf(NeedleMap map, NeedleHeatMapOptions options, LabelFonts fonts)
    {
        float left = (3 * TextSize) + map.Depths.Max(depth => fonts.Measure(Number(depth), TextSize));
        float right = (5 * TextSize) + Math.Max(fonts.Measure("100", TextSize), fonts.Measure(options.MissingLabel, TextSize)) + TextSize;
        float bottom = (3 * TextSize) + map.Lengths.Max(length => fonts.Measure(Number(length), TextSize));
        return new SKRect(left, options.Title.Length > 0 ? 3 * TextSize : 1.5f * TextSize, options.Width - right, options.Height - bottom);
    }

    private static void DrawCells(SKCanvas canvas, NeedleMap map, NeedleHeatMapOptions options, LabelFonts fonts, SKRect grid)
    {
        for (int row = 0; row < map.Depths.Count; row++)
        {
            for (int column = 0; column < map.Lengths.Count; column++)
            {
                SKRect cell = CellOf(grid, map, column, row);
                cell.Inflate(-0.5f, -0.5f);
                NeedleCell? trials = map.Find(map.Lengths[column], map.Depths[row]);
                if (HeatMapScale.LevelOf(trials, options.Score) is not { } level)
                {
                    Hatch(canvas, cell);
                    continue;
                }

                using SKPaint fill = new() { Color = MapColors.OfShare(level) };
                canvas.DrawRect(cell, fill);
                string text = HeatMapScale.TextOf(trials!, options.Score);
                float size = Math.Min(TextSize, Math.Min(0.8f * cell.Height, 0.8f * TextSize * cell.Width / fonts.Measure(text, TextSize)));
                fonts.Draw(canvas, text, cell.MidX, cell.MidY + (0.35f * size), size);
            }
        }
    }

    private static void DrawAxes(SKCanvas canvas, NeedleMap map, NeedleHeatMapOptions options, LabelFonts fonts, SKRect grid)
    {
        fonts.Draw(canvas, options.Title, options.Width / 2f, 1.9f * TextSize, 1.3f * TextSize);
        fonts.Draw(canvas, options.LengthLabel, grid.MidX, options.Height - (0.7f * TextSize), TextSize);
        Turned(canvas, 1.2f * TextSize, grid.MidY, -90, () => fonts.Draw(canvas, options.DepthLabel, 0, 0, TextSize));
        int rows = Step(TextSize, grid.Height / map.Depths.Count);
        for (int row = 0; row < map.Depths.Count; row += rows)
        {
            fonts.Draw(canvas, Number(map.Depths[row]), grid.Left - (0.4f * TextSize), CellOf(grid, map, 0, row).MidY + (0.35f * TextSize), TextSize, SKTextAlign.Right);
        }

        int columns = Step(TextSize, grid.Width / map.Lengths.Count);
        for (int column = 0; column < map.Lengths.Count; column += columns)
        {
            Turned(canvas, CellOf(grid, map, column, 0).MidX + (0.35f * TextSize), grid.Bottom + (0.4f * TextSize), -90, () =>
                fonts.Draw(canvas, Number(map.Lengths[column]), 0, 0, TextSize, SKTextAlign.Right));
        }
    }

    /// <summary>The colours with their numbers, and how a missing cell looks.</summary>
    private static void DrawScale(SKCanvas canvas, NeedleHeatMapOptions options, LabelFonts fonts, SKRect grid)
    {
        SKRect bar = new(grid.Right + TextSize, grid.Top, grid.Right + (2 * TextSize), grid.Bottom - (2 * TextSize));
        for (float y = bar.Top; y < bar.Bottom; y++)
        {
            using SKPaint line = new() { Color = MapColors.OfShare((bar.Bottom - y) / bar.Height) };
            canvas.DrawRect(bar.Left, y, bar.Width, Math.Min(1, bar.Bottom - y), line);
        }

        (string label, IReadOnlyList<(double, double)> ticks) = HeatMapScale.TicksOf(options.Score);
        foreach ((double level, double number) in ticks)
        {
            fonts.Draw(canvas, Number(number), bar.Right + (0.4f * TextSize), bar.Bottom - (bar.Height * (float)level) + (0.35f * TextSize), TextSize, SKTextAlign.Left);
        }

        Turned(canvas, bar.Right + (2.6f * TextSize), bar.MidY, 90, () => fonts.Draw(canvas, options.ScoreLabel ?? label, 0, 0, TextSize));
        Hatch(canvas, SKRect.Create(bar.Left, grid.Bottom - TextSize, TextSize, TextSize));
        fonts.Draw(canvas, options.MissingLabel, bar.Right + (0.4f * TextSize), grid.Bottom - (0.15f * TextSize), TextSize, SKTextAlign.Left);
    }

    private static void Hatch(SKCanvas canvas, SKRect cell)
    {
        using SKPaint fill = new() { Color = Grey };
        using SKPaint line = new() { Color = SKColors.DimGray, StrokeWidth = 1.5f, IsAntialias = true };
        canvas.Save();
        canvas.ClipRect(cell);
        canvas.DrawRect(cell, fill);
        for (float x = cell.Left - cell.Height; x < cell.Right; x += 8)
        {
            canvas.DrawLine(x, cell.Bottom, x + cell.Height, cell.Top, line);
        }

        canvas.Restore();
    }

    private static void Turned(SKCanvas canvas, float x, float y, float degrees, Action draw)
    {
        canvas.Save();
        canvas.Translate(x, y);
        canvas.RotateDegrees(degrees);
        draw();
        canvas.Restore();
    }

    /// <summary>Every how many-th cell has a label, so that none lies on another.</summary>
    private static int Step(float textSize, float cellSize) => Math.Max(1, (int)Math.Ceiling(1.1f * textSize / cellSize));

    private static string Number(double value) => value.ToString("#,0.###", CultureInfo.InvariantCulture);
}
