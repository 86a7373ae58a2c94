namespace LongAlign.Sequences;

/// <summary>The names of a dataset's sequences in messages.</summary>
internal static class SequenceNames
{
    private const int Shown = 64;

    /// <summary>Its number and, where the dataset knows it, its source.</summary>
    public static string NameOf(this ISequenceDataset dataset, int index)
        => dataset.GetSource(index) is { } source ? $"sequence {index} ({source})" : $"sequence {index}";

    /// <summary>The first of several, and how many more there are.</summary>
    public static string NamesOf(this ISequenceDataset dataset, IReadOnlyList<int> indices)
        => string.Join(", ", indices.Take(Shown).Select(index => dataset.GetSource(index) is { } source ? $"{index} ({source})" : $"{index}"))
            + (indices.Count > Shown ? $" and {indices.Count - Shown} more" : "");
}
