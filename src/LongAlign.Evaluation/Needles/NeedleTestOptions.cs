namespace LongAlign.Evaluation.Needles;

/// <summary>The options of a needle test.</summary>
public sealed record NeedleTestOptions
{
    /// <summary>Gets the lengths of whole prompts, template and question included, in tokens.</summary>
    public required IReadOnlyList<int> Lengths { get; init; }

    /// <summary>Gets the depths, in per cent of the haystack's characters.</summary>
    /// <value>0 to 100 in 11 unless set.</value>
    public IReadOnlyList<double> Depths { get; init; } = NeedleSchedule.LinearDepths(0, 100, 11);

    /// <summary>Gets the number of trials of each cell, each with another needle in another part of the haystack.</summary>
    /// <value>3 unless set, at least 1.</value>
    public int Trials { get; init; } = 3;

    /// <summary>Gets the number of facts that each prompt hides and asks for; the score is the share found.</summary>
    /// <value>1 unless set, at most 12. The first lies at the cell's depth, the others behind it, evenly spread over the rest.</value>
    public int NeedlesPerPrompt { get; init; } = 1;

    /// <summary>Gets the language of needles and questions.</summary>
    /// <value>English unless set.</value>
    public NeedleLanguage Language { get; init; }

    /// <summary>Gets the seed of needles and parts of the haystack.</summary>
    /// <value>0 unless set.</value>
    public long Seed { get; init; }
}
