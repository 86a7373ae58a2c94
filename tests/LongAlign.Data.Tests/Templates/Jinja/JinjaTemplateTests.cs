using System.Text.Json;
using LongAlign.Data.Templates.Jinja;

namespace LongAlign.Data.Tests;

/// <summary>Templates of our own render what Jinja2 3.1.6 renders with them in the environment of Transformers.</summary>
public sealed class JinjaTemplateTests
{
    private static readonly JsonElement Golden = GoldenFiles.Read("jinja.json");

    [Fact]
    public void Texts_equal_those_of_Jinja2_and_errors_are_errors()
    {
        List<string> different = [];
        foreach (JsonElement row in Golden.GetProperty("cases").EnumerateArray())
        {
            string template = row.GetProperty("template").GetString()!;
            string? expected = row.TryGetProperty("text", out JsonElement text) ? text.GetString() : null;
            try
            {
                string actual = Render(template);
                if (actual != expected)
                {
                    different.Add($"{template}\n  {actual}\n  {expected ?? row.GetProperty("error").GetString()}");
                }
            }
            catch (JinjaException e)
            {
                if (expected is not null)
                {
                    different.Add($"{template}\n  {e.Message}\n  {expected}");
                }

                Assert.True(e.Line > 0 && e.Column > 0, e.Message);
            }
        }

        Assert.Empty(different);
    }

    [Theory]
    [InlineData("a\n{{ 1 + }}", "line 2, column 8: there is '}}'; expected an expression")]
    [InlineData("{% if x %}\n{% endfor %}", "line 2, column 4: there is 'endfor'; expected a statement, or the end of 'if in line 1'")]
    [InlineData("{% if x %}", "expected 'elif' or 'else' or 'endif' of 'if in line 1'")]
    [InlineData("{{ 'a' | shout }}", "line 1, column 10: there is no filter 'shout'")]
    [InlineData("{{ 'a' is loud }}", "there is no test 'loud'")]
    [InlineData("{% do x %}", "there is no statement 'do'")]
    [InlineData("{{ 'a }}", "line 1, column 4: the string does not end")]
    [InlineData("\n\n  {{ a", "line 3, column 5: the tag does not end; expected '}}'")]
    [InlineData("{# a", "the comment does not end")]
    [InlineData("{% raw %}{{ x }}", "the raw block does not end")]
    [InlineData("{{ § }}", "line 1, column 4: the character '§' begins nothing that is known")]
    [InlineData("{{ (1] }}", "']' closes nothing that is open")]
    [InlineData("{% break %}", "'break' stands in no loop")]
    [InlineData("{{ f(a=1, 2) }}", "out of order")]
    [InlineData("{% set none = 1 %}", "'none' can't be set")]
    [InlineData("{% macro f(a=1, b) %}{% endmacro %}", "'b' has no default")]
    public void What_is_no_template_is_refused_with_line_and_column(string template, string message)
        => Assert.Contains(message, Assert.Throws<JinjaException>(() => JinjaTemplate.Parse(template)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("\n {{ n.x.y }}", "line 2, column 8: a int has no attribute 'x'")]
    [InlineData("{{ 'a' + n }}", "'+' does not take str and int")]
    [InlineData("{{ raise_exception('no ' ~ n) }}", "no 7")]
    [InlineData("{% include 'a' %}", "'include' needs other templates")]
    [InlineData("{{ 'a'.encode() }}", "the method 'encode' of texts is not supported")]
    [InlineData("{{ [1]|random }}", "the filter 'random' is not supported")]
    [InlineData("{{ messages.append(1) }}", "would change a list")]
    [InlineData("{{ strftime_now('%Q') }}", "does not know '%Q'")]
    [InlineData("{% macro m() %}{% generation %}a{% endgeneration %}{% endmacro %}{{ m() }}", "'generation' within a macro")]
    [InlineData("{{ '%q' % 1 }}", "'%q', which is not known")]
    public void What_fails_names_line_and_column(string template, string message)
        => Assert.Contains(message, Assert.Throws<JinjaException>(() => Render(template)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% macro m(n) %}{% for i in [1] %}{{ m(n + 1) }}{% endfor %}{% endmacro %}{{ m(1) }}")]
    [InlineData("{% for i in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}")]
    [InlineData("{{ 'x' * 1000000000 }}")]
    [InlineData("{{ [0] * 1000000000 }}")]
    [InlineData("{{ 'x'|center(2000000000) }}")]
    [InlineData("{{ '%2000000000d' % 1 }}")]
    [InlineData("{{ '{:2000000000}'.format(1) }}")]
    [InlineData("{{ 9 ** 9 ** 9 ** 9 ** 9 }}")]
    [InlineData("{% set ns = namespace(n=9) %}{% for i in range(99999) %}{% set ns.n = ns.n * ns.n %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='x') %}{% for i in range(99999) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='x' * 1000) %}{% for i in range(99999) %}{% set ns.s = ns.s.replace('x', ns.s) %}{% endfor %}")]
    [InlineData("{% set ns = namespace(l=[]) %}{% for i in range(99999) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}")]
    [InlineData("{% set ns = namespace(l=[]) %}{% for i in range(99999) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l|tojson }}")]
    [InlineData("{% set ns = namespace() %}{% set ns.a = ns %}{{ ns }}")]
    [InlineData("{{ (range(99999)|list|string) * 99999 }}")]
    [InlineData("{% for a in range(99999) %}{{ 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' * 100 }}{% endfor %}")]
    public void What_would_never_end_or_take_all_memory_ends_with_an_error(string template)
    {
        long before = GC.GetTotalAllocatedBytes();
        Assert.Throws<JinjaException>(() => Render(template));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 4_000_000_000L);
    }

    [Theory]
    [InlineData("(", "1", ")")]
    [InlineData("[", "1", "]")]
    [InlineData("-", "1", "")]
    [InlineData("not ", "1", "")]
    [InlineData("1 + ", "1", "")]
    [InlineData("'a' if 0 else ", "1", "")]
    [InlineData("", "a", ".b")]
    [InlineData("", "a", "|e")]
    [InlineData("{'a': ", "1", "}")]
    public void What_is_nested_too_deep_is_refused(string before, string inner, string after)
    {
        string template = "{{ " + string.Concat(Enumerable.Repeat(before, 100_000)) + inner + string.Concat(Enumerable.Repeat(after, 100_000)) + " }}";
        Assert.Throws<JinjaException>(() => JinjaTemplate.Parse(template));
        Assert.Throws<JinjaException>(() => JinjaTemplate.Parse(string.Concat(Enumerable.Repeat("{% if 1 %}", 100_000))));
    }

    [Fact]
    public void Characters_tell_where_they_came_from_through_every_filter_and_method()
    {
        Assert.Equal("hello", Traced("{{ x.strip() }}", "  hello "));
        Assert.Equal("HELLO", Traced("<{{ x|upper }}>", "hello"));
        Assert.Equal("b", Traced("{{ x.split(',')[1] }}", "a,b,c"));
        Assert.Equal("ac", Traced("{{ x.replace('b', '!') }}", "abc"));
        Assert.Equal("cba", Traced("{{ x[::-1] }}", "abc"));
        Assert.Equal("""a\"\nb""", Traced("{{ {'k': x}|tojson }}", "a\"\nb"));
        Assert.Equal("ab", Traced("{{ '%s-%s' % (x[0], x[1]) }}", "ab"));
        Assert.Equal("aabb", Traced("{% for c in x %}{{ c ~ '-' ~ c }}{% endfor %}", "ab"));
        Assert.Equal("ab", Traced("{% macro m(s) %}<{{ s }}>{% endmacro %}{% set y %}{{ m(x) }}!{% endset %}{{ y }}", "ab"));
        Assert.Equal("x'y", Traced("{{ [x] }}", "x'y"));
        Assert.Equal("", Traced("{{ x|length }}{{ 'abc' }}", "abc"));
        Assert.Equal("STRASSE", Traced("{{ x.upper() }}", "straße"));
    }

    private static string Traced(string template, string x)
    {
        Text text = JinjaTemplate.Parse(template).Render([new("x", Text.From(new TextSource(x, "x")))], new JinjaLimits(), TimeProvider.System).Text;
        return string.Concat(Enumerable.Range(0, text.Runs.Length).Where(i => text.Runs[i].Source is not null).Select(i => text.Value[text.Runs[i].Start..text.EndOf(i)]));
    }

    private static string Render(string template) => JinjaTemplate.Parse(template)
        .Render(Golden.GetProperty("variables").EnumerateObject().Select(variable => KeyValuePair.Create(variable.Name, TemplateVariables.Of(variable.Name, variable.Value))), new JinjaLimits(), new GoldenDay())
        .Text.Value;

    /// <summary>The day on which the golden data was made.</summary>
    private sealed class GoldenDay : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2026, 11, 28, 0, 0, 0, TimeSpan.Zero);
    }
}
