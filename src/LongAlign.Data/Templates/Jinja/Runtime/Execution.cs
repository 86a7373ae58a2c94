using System.Runtime.CompilerServices;

namespace LongAlign.Data.Templates.Jinja;

/// <summary>One rendering: what it has cost, and where it is.</summary>
internal sealed class Execution(JinjaLimits limits, TimeProvider clock)
{
    private long _steps;
    private long _work;
    private int _calls;

    /// <summary>The current position in the template, for errors.</summary>
    public Position At { get; set; }

    public TimeProvider Clock => clock;

    /// <summary>The ranges of output of <c>{% generation %}</c>, in UTF-16 units.</summary>
    public List<(int Start, int End)> Generations { get; } = [];

    public void Step(Position at)
    {
        At = at;
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (++_steps > limits.MaxSteps)
        {
            throw new JinjaException($"the template takes more than {limits.MaxSteps:N0} steps");
        }
    }

    /// <summary>Counts what was made.</summary>
    public object? Charge(object? value)
    {
        _work += value switch { Text text => text.Value.Length, Sequence sequence => 32L * sequence.Items.Count, DictView view => 32L * view.Items.Count, _ => 0 };
        return _work <= limits.MaxWork ? value : throw new JinjaException("the template makes more text and lists than the conversation has room for");
    }

    public object? Call(Callable callable, Arguments arguments)
    {
        if (++_calls > limits.MaxCalls)
        {
            throw new JinjaException($"calls are nested more than {limits.MaxCalls} deep");
        }

        object? result = Charge(callable.Invoke(this, arguments));
        _calls--;
        return result;
    }
}
