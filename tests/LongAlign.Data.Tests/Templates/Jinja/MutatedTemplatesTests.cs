using System.Text;
using System.Text.Json;
using LongAlign.Data.Templates.Jinja;

namespace LongAlign.Data.Tests;

/// <summary>Templates with one byte changed, or one part put elsewhere: each renders or is refused, in bounded time.</summary>
[Trait("Speed", "Slow")]
public sealed class MutatedTemplatesTests
{
    private static readonly string[] Own = [.. GoldenFiles.Read("jinja.json").GetProperty("cases").EnumerateArray().Select(row => row.GetProperty("template").GetString()!)];

    private static readonly KeyValuePair<string, object?>[] Variables =
    [
        .. GoldenFiles.Read("jinja.json").GetProperty("variables").EnumerateObject().Select(variable => KeyValuePair.Create(variable.Name, TemplateVariables.Of(variable.Name, variable.Value))),
        new("add_generation_prompt", true),
        new("tools", null),
    ];

    [Fact]
    public void A_damaged_template_renders_or_is_refused()
    {
        string[] templates = [.. Own, .. Shared()];
        int perTemplate = Math.Max(1, Mutations.Count / templates.Length);
        Random random = new(11);
        for (int i = 0; i < Mutations.Count; i++)
        {
            string template = templates[i / perTemplate % templates.Length];
            byte[] bytes = Mutations.Of(Encoding.UTF8.GetBytes(template + " ")).ElementAt(random.Next(Math.Min(Mutations.Count, 50))).Bytes;
            IsRenderedOrRefused(Encoding.UTF8.GetString(bytes));
            IsRenderedOrRefused(Spliced(template, templates[random.Next(templates.Length)], random));
        }
    }

    private static void IsRenderedOrRefused(string template)
    {
        Exception? e = Record.Exception(() => JinjaTemplate.Parse(template).Render(Variables, new JinjaLimits { MaxSteps = 100_000, MaxWork = 4_000_000 }, TimeProvider.System));
        Assert.True(e is null or JinjaException, $"{template}\n{e}");
    }

    /// <summary>A template with a piece of another in it.</summary>
    private static string Spliced(string template, string other, Random random)
    {
        int at = random.Next(template.Length + 1);
        int from = random.Next(other.Length + 1);
        int length = random.Next(Math.Min(40, other.Length - from) + 1);
        return template.Insert(at, other.Substring(from, length));
    }

    private static IEnumerable<string> Shared()
        => SharedGolden.Find("chat-templates") is { } folder ? Directory.GetFiles(Path.Combine(folder, "templates")).Order(StringComparer.Ordinal).Select(File.ReadAllText) : [];
}
