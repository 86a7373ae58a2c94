using System.Text;

namespace LongAlign.Data.SelfInstruct;

/// <summary>Tells English from Chinese by counting letters; digits, punctuation and signs do not count.</summary>
internal static class LanguageDetector
{
    private const int Pieces = 64;
    private const int PieceLength = 512;

    /// <summary>Detects the language of a text; of a long one, samples spread over all of it are looked at.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The language.</returns>
    public static DocumentLanguage Detect(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int latin = 0, han = 0, kanaAndHangul = 0, other = 0;
        for (int piece = 0; piece < Pieces; piece++)
        {
            int start = text.Length <= Pieces * PieceLength ? piece * PieceLength : (int)((long)piece * text.Length / Pieces);
            foreach (Rune rune in text.AsSpan(Math.Min(start, text.Length), Math.Min(PieceLength, Math.Max(0, text.Length - start))).EnumerateRunes())
            {
                if (!Rune.IsLetter(rune) || rune == Rune.ReplacementChar)
                {
                    continue;
                }

                switch (rune.Value)
                {
                    case < 0x250 or (>= 0x1E00 and < 0x1F00):
                        latin++;
                        break;
                    case (>= 0x4E00 and < 0xA000) or (>= 0x3400 and < 0x4DC0) or (>= 0xF900 and < 0xFB00) or (>= 0x20000 and < 0x32000):
                        han++;
                        break;
                    case (>= 0x3040 and < 0x3100) or (>= 0xAC00 and < 0xD7B0) or (>= 0x1100 and < 0x1200):
                        kanaAndHangul++;
                        break;
                    default:
                        other++;
                        break;
                }
            }
        }

        // A Chinese character says as much as about three letters.
        int chinese = kanaAndHangul * 10 > han ? 0 : 3 * han;
        int foreign = other + (chinese == 0 ? 3 * (han + kanaAndHangul) : 0);
        return chinese > latin && chinese > foreign ? DocumentLanguage.Chinese
            : latin > foreign && latin > 0 ? DocumentLanguage.English
            : DocumentLanguage.Other;
    }
}
