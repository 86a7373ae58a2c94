using System.Text;

namespace LongAlign.Data;

/// <summary>
/// A SentencePiece model of single pieces: of all ways to cut a text, the one whose scores add up to the most. Sums are rounded where the
/// reference rounds them, and of equal ones the first found stays, so that ties end as they do there.
/// </summary>
internal sealed class SentencePieceUnigram : TextEncoder
{
    private const float UnknownPenalty = 10;
    private const double FixedPenalty = 0.1;

    // FLT_MIN, where the reference begins to look for the highest score: scores are negative, and so it stays.
    private const float LeastHighest = 1.17549435e-38f;

    private readonly IReadOnlyList<SentencePiece> _pieces;
    private readonly SentencePieceText _text;
    private readonly int _unknown;
    private readonly int[]? _bytes;
    private readonly TokenTrie _trie = new();
    private readonly double[] _scores;
    private readonly float _unknownScore;

    /// <param name="pieces">The pieces.</param>
    /// <param name="text">Makes text ready.</param>
    /// <param name="unknown">The id of text without a piece.</param>
    /// <param name="bytes">The ids of the 256 bytes, which such text becomes; null where it becomes the unknown piece.</param>
    public SentencePieceUnigram(IReadOnlyList<SentencePiece> pieces, SentencePieceText text, int unknown, int[]? bytes)
    {
        (_pieces, _unknown, _bytes) = (pieces, unknown, bytes);
        float[] normal = [.. pieces.Where(piece => piece.Type == SentencePieceType.Normal).Select(piece => piece.Score)];
        _unknownScore = normal.Append(float.MaxValue).Min() - UnknownPenalty;
        float highest = normal.Append(LeastHighest).Max();
        _scores = [.. pieces.Select(piece => piece.Type == SentencePieceType.UserDefined ? (Encoding.UTF8.GetByteCount(piece.Text) * highest) - FixedPenalty : piece.Score)];
        _text = text with { Fixed = SentencePieceEncoder.ToTrie(pieces.Index().Where(piece => piece.Item.Type == SentencePieceType.UserDefined).ToDictionary(piece => piece.Item.Text, piece => piece.Index)) };
        foreach ((int id, SentencePiece piece) in pieces.Index())
        {
            if (piece.Type is SentencePieceType.Normal or SentencePieceType.UserDefined)
            {
                _trie.Add(piece.Text, id);
            }
        }
    }

    public override void AddIds(ReadOnlySpan<char> text, TextPlace place, bool withSpecial, List<int> ids)
    {
        string normalized = _text.Normalize(text, continues: place != TextPlace.First);
        (int Id, int Start)[] ends = FindBest(normalized);
        List<(int Id, int Start, int End)> path = [];
        for (int end = normalized.Length; end > 0; end = ends[end].Start)
        {
            path.Add((ends[end].Id, ends[end].Start, end));
        }

        bool wasUnknown = false;
        for (int i = path.Count - 1; i >= 0; i--)
        {
            (int id, int start, int end) = path[i];
            bool isUnknown = id == _unknown;
            if (isUnknown && _bytes is not null)
            {
                foreach (byte b in Encoding.UTF8.GetBytes(normalized, start, end - start))
                {
                    ids.Add(_bytes[b]);
                }
            }
            else if (!isUnknown || !wasUnknown)
            {
                ids.Add(id);
            }

            wasUnknown = isUnknown;
        }
    }

    public override ReadOnlySpan<char> Normalize(ReadOnlySpan<char> text) => _text.Normalize(text, continues: true).Replace(SpaceWords.Space, ' ');

    public override TextEncoder WithSpecial(string token)
        => new SentencePieceUnigram([.. _pieces.Select(piece => piece.Text == token ? piece with { Type = SentencePieceType.Control } : piece)], _text, _unknown, _bytes);

    /// <summary>For each place the piece that ends there on the best way to it, and where that begins.</summary>
    private (int Id, int Start)[] FindBest(string text)
    {
        (int Id, int Start)[] ends = new (int, int)[text.Length + 1];
        float[] scores = new float[text.Length + 1];
        Array.Fill(ends, (_unknown, TokenTrie.None));
        for (int start = 0, length; start < text.Length; start += length)
        {
            length = start + 1 < text.Length && char.IsSurrogatePair(text[start], text[start + 1]) ? 2 : 1;
            bool hasCharacter = false;
            for (int at = start, node = TokenTrie.Root; at < text.Length && (node = _trie.Next(node, text[at])) != TokenTrie.None; at++)
            {
                if (_trie.ValueAt(node) is var id and >= 0)
                {
                    Offer(at + 1, id, start, _scores[id] + scores[start]);
                    hasCharacter |= at + 1 - start == length;
                }
            }

            if (!hasCharacter)
            {
                Offer(start + length, _unknown, start, _unknownScore + scores[start]);
            }
        }

        return ends;

        void Offer(int end, int id, int start, double score)
        {
            if (ends[end].Start < 0 || score > scores[end])
            {
                ends[end] = (id, start);
                scores[end] = (float)score;
            }
        }
    }
}
