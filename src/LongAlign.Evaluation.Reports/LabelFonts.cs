using System.Globalization;
using System.Text;
using SkiaSharp;

namespace LongAlign.Evaluation.Reports;

/// <summary>Fonts for labels: each character is drawn in the first one that has it, and one that none has is an error, never a blank.</summary>
internal sealed class LabelFonts : IDisposable
{
    private readonly List<SKTypeface> _faces = [];

    public LabelFonts(string? path)
    {
        try
        {
            _faces.Add(Embedded("DejaVuSans-subset.ttf"));
            _faces.Add(Embedded("DroidSansFallback-subset.ttf"));
            if (path is not null)
            {
                _faces.Add(SKTypeface.FromFile(path) ?? throw new InvalidDataException($"{path} is not a readable font; expected TrueType or OpenType."));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Draws a text in one line.</summary>
    /// <param name="canvas">Where.</param>
    /// <param name="text">The text.</param>
    /// <param name="x">The left end, the middle or the right end, as <paramref name="align"/> says.</param>
    /// <param name="y">The base line.</param>
    /// <param name="size">The size in pixels.</param>
    /// <param name="align">The meaning of <paramref name="x"/>.</param>
    public void Draw(SKCanvas canvas, string text, float x, float y, float size, SKTextAlign align = SKTextAlign.Center)
    {
        using SKPaint paint = new() { Color = SKColors.Black, IsAntialias = true };
        (SKTypeface Face, string Text)[] runs = [.. Runs(text)];
        x -= align switch { SKTextAlign.Center => Measure(text, size) / 2, SKTextAlign.Right => Measure(text, size), _ => 0 };
        foreach ((SKTypeface face, string run) in runs)
        {
            using SKFont font = NewFont(face, size);
            canvas.DrawText(run, x, y, SKTextAlign.Left, font, paint);
            x += font.MeasureText(run);
        }
    }

    public float Measure(string text, float size) => Runs(text).Sum(run =>
    {
        using SKFont font = NewFont(run.Face, size);
        return font.MeasureText(run.Text);
    });

    public void Dispose() => _faces.ForEach(face => face.Dispose());

    private static SKFont NewFont(SKTypeface face, float size) => new(face, size) { Subpixel = true, Hinting = SKFontHinting.None, Edging = SKFontEdging.Antialias };

    private static SKTypeface Embedded(string name)
    {
        using Stream stream = typeof(LabelFonts).Assembly.GetManifestResourceStream(name)!;
        using SKData data = SKData.Create(stream);
        return SKTypeface.FromData(data);
    }

    /// <summary>The text in pieces of one font each.</summary>
    private IEnumerable<(SKTypeface Face, string Text)> Runs(string text)
    {
        StringBuilder run = new();
        SKTypeface? face = null;
        foreach (Rune rune in text.EnumerateRunes())
        {
            SKTypeface next = FaceOf(rune, text);
            if (face is not null && next != face)
            {
                yield return (face, run.ToString());
                run.Clear();
            }

            face = next;
            run.Append(rune.ToString());
        }

        if (face is not null)
        {
            yield return (face, run.ToString());
        }
    }

    private SKTypeface FaceOf(Rune rune, string text)
    {
        if (_faces.Find(face => face.ContainsGlyph(rune.Value)) is { } known)
        {
            return known;
        }

        if (SKFontManager.Default.MatchCharacter(rune.Value) is not { } system)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"No font has the character '{rune}' (U+{rune.Value:X4}) of '{text}'; name one that has with {nameof(NeedleHeatMapOptions.FontPath)}."));
        }

        _faces.Add(system);
        return system;
    }
}
