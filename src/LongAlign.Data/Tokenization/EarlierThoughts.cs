namespace LongAlign.Data;

/// <summary>The policy for conversations of which the template leaves out thoughts: many show only those of the last turn.</summary>
public enum EarlierThoughts
{
    /// <summary>Answers whose thoughts are left out are not learned: they would teach to answer without. Such conversations are counted in the report.</summary>
    NotLearned,

    /// <summary>Each turn, a question and what follows up to the next, becomes a separate sequence with everything before it, in which it alone is learned.</summary>
    SequencePerTurn,

    /// <summary>The conversation has no place in the template.</summary>
    Refuse,
}
