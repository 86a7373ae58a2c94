using System.Net;
using System.Text.RegularExpressions;

namespace LongAlign.Evaluation.Tests.Reports;

/// <summary>The page in a real browser, within a frame as wide as a phone and as a desk, whose script measures it from outside.</summary>
[Trait("Speed", "Slow")]
public sealed partial class BrowserTests
{
    private static string Frame(string html, int width) => $$"""
        <!DOCTYPE html><meta charset="utf-8"><body style="margin:0">
        <iframe id="page" width="{{width}}" height="3000" style="border:0" srcdoc="{{WebUtility.HtmlEncode(html)}}"></iframe>
        <script>
        document.getElementById('page').onload = e => {
          const d = e.target.contentDocument, w = d.documentElement;
          const wide = [...d.querySelectorAll('main > *:not(.scroll):not(.maps):not(details)')].filter(x => x.getBoundingClientRect().right > {{width}}).length;
          const row = d.querySelector('.stack tbody tr');
          const narrow = [...d.querySelectorAll('caption')].filter(x => x.checkVisibility() && x.getBoundingClientRect().width < 100).length;
          document.title = `width=${w.scrollWidth} wide=${wide} narrow=${narrow} height=${w.scrollHeight} scripts=${d.scripts.length} row=${getComputedStyle(row).display} svg=${d.querySelector('svg.chart').getBoundingClientRect().width > 200} loaded=${e.target.contentWindow.performance.getEntriesByType('resource').filter(r => !r.name.startsWith('data:')).length}`;
        };
        </script>
        """;

    [Theory]
    [InlineData(390, "block")]
    [InlineData(1280, "table-row")]
    public async Task A_page_fits_its_width_is_drawn_and_loads_nothing(int width, string rows)
    {
        Assert.SkipWhen(Browser.Path is null, "No Chromium is installed (Debian: apt-get install chromium); the report was not opened in a browser.");
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder.File("frame.html"), Frame(SampleReport.Create().ToHtml(), width));
        string dom = await Browser.RunAsync(folder.File("profile"), "--window-size=1400,3000", "--virtual-time-budget=5000", "--dump-dom", new Uri(folder.File("frame.html")).AbsoluteUri);
        Match seen = Title().Match(dom);
        Assert.True(seen.Success, $"The browser shows no title: {dom[..Math.Min(500, dom.Length)]}");
        Assert.Equal($"{width}", seen.Groups["width"].Value);
        Assert.Equal(("0", "0"), (seen.Groups["wide"].Value, seen.Groups["narrow"].Value));
        Assert.Equal(("0", rows, "true", "0"), (seen.Groups["scripts"].Value, seen.Groups["row"].Value, seen.Groups["svg"].Value, seen.Groups["loaded"].Value));
        Assert.InRange(int.Parse(seen.Groups["height"].Value, System.Globalization.CultureInfo.InvariantCulture), 1_500, 30_000);
    }

    [GeneratedRegex("width=(?<width>\\d+) wide=(?<wide>\\d+) narrow=(?<narrow>\\d+) height=(?<height>\\d+) scripts=(?<scripts>\\d+) row=(?<row>[a-z-]+) svg=(?<svg>[a-z]+) loaded=(?<loaded>\\d+)")]
    private static partial Regex Title();
}
