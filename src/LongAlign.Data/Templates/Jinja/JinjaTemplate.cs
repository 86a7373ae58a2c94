namespace LongAlign.Data.Templates.Jinja;

/// <summary>
/// A template in Jinja as Transformers runs chat templates: sandboxed, with <c>trim_blocks</c>, <c>lstrip_blocks</c>, <c>break</c>,
/// <c>continue</c>, <c>generation</c>, <c>raise_exception</c>, <c>strftime_now</c> and its own <c>tojson</c>. Immutable and thread-safe.
/// </summary>
internal sealed class JinjaTemplate
{
    private readonly Block _body;

    private JinjaTemplate(Block body, bool hasGeneration) => (_body, HasGeneration) = (body, hasGeneration);

    /// <summary>Whether the template says itself what is to be learned.</summary>
    public bool HasGeneration { get; }

    /// <exception cref="JinjaException">The text is not a template; the message gives line and column.</exception>
    public static JinjaTemplate Parse(string text)
    {
        try
        {
            Parser parser = new(Lexer.Read(text));
            return new JinjaTemplate(parser.ReadTemplate(), parser.HasGeneration);
        }
        catch (InsufficientExecutionStackException e)
        {
            throw new JinjaException("the template is nested too deep", e);
        }
    }

    /// <summary>Renders the template.</summary>
    /// <param name="variables">Texts, numbers, lists and dictionaries by name.</param>
    /// <param name="limits">The limits of rendering.</param>
    /// <param name="clock">The time for <c>strftime_now</c>.</param>
    /// <exception cref="JinjaException">The template fails, refuses the input or costs too much.</exception>
    public JinjaOutput Render(IEnumerable<KeyValuePair<string, object?>> variables, JinjaLimits limits, TimeProvider clock)
    {
        Execution execution = new(limits, clock);
        Scope given = new(Globals.Scope);
        foreach ((string name, object? value) in variables)
        {
            given[name] = value;
        }

        TextBuilder output = new();
        try
        {
            _body.Execute(new Frame(execution, new Scope(given), output, IsTop: true));
            return new JinjaOutput(output.ToText(), execution.Generations);
        }
        catch (JinjaException e) when (e.Line == 0)
        {
            throw new JinjaException(e.Fault, execution.At, e);
        }
        catch (InsufficientExecutionStackException e)
        {
            throw new JinjaException("values or calls are nested too deep", execution.At, e);
        }
    }
}
