namespace LongAlign.Data;

/// <summary>The characters of words beyond Unicode's categories, and those of Chinese writing.</summary>
internal static class WordCharacters
{
    /// <summary>\w in a set of .NET: letters, marks, numbers that are letters, decimal digits, connectors, letters in circles.</summary>
    public const string Set = @"\p{L}\p{M}\p{Nl}\p{Nd}\p{Pc}\u24B6-\u24E9";

    // The script Han of Unicode 16: first and last of each run.
    private static readonly int[] Han =
    [
        0x2E80, 0x2E99, 0x2E9B, 0x2EF3, 0x2F00, 0x2FD5, 0x3005, 0x3005, 0x3007, 0x3007, 0x3021, 0x3029, 0x3038, 0x303B, 0x3400, 0x4DBF, 0x4E00, 0x9FFF,
        0xF900, 0xFA6D, 0xFA70, 0xFAD9, 0x16FE2, 0x16FE3, 0x16FF0, 0x16FF1, 0x20000, 0x2A6DF, 0x2A700, 0x2B739, 0x2B740, 0x2B81D, 0x2B820, 0x2CEA1,
        0x2CEB0, 0x2EBE0, 0x2EBF0, 0x2EE5D, 0x2F800, 0x2FA1D, 0x30000, 0x3134A, 0x31350, 0x323AF,
    ];

    /// <summary>Han of the basic plane, in a set of .NET.</summary>
    public static string HanSet { get; } = string.Concat(Han.Chunk(2).Where(run => run[1] <= char.MaxValue).Select(run => $@"\u{run[0]:X4}-\u{run[1]:X4}"));

    public static bool IsHan(int codePoint)
    {
        int at = Array.BinarySearch(Han, codePoint);
        return at >= 0 || (~at & 1) == 1; // on an end, or between a first and a last
    }

    /// <summary>Ⓐ and the like, which are symbols by category and letters to \w.</summary>
    public static bool IsCircledLetter(int codePoint)
        => codePoint is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);
}
