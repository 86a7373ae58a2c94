namespace LongAlign.Models.Configuration;

/// <summary>Whether a family's linear maps of one kind have a bias: always, never, or as a key says.</summary>
/// <param name="Key">The key; null: none decides.</param>
/// <param name="Absent">Whether there is a bias without the key.</param>
internal sealed record BiasRule(string? Key, bool Absent)
{
    public static BiasRule Never { get; } = new(null, false);

    public static BiasRule Always { get; } = new(null, true);

    public bool Read(ConfigReader reader) => Key is null ? Absent : reader.Flag(Key, Absent);

    public override string ToString() => Key is null ? (Absent ? "yes" : "no") : $"`{Key}`{(Absent ? " (true)" : "")}";
}
