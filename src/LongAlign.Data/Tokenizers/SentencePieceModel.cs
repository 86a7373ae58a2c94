using Google.Protobuf;
using Microsoft.ML.Tokenizers;

namespace LongAlign.Data;

/// <summary>A SentencePiece model: its pieces, and what its protocol buffer says of normalization.</summary>
internal sealed class SentencePieceModel
{
    private const int Unigram = 1;
    private const int Bpe = 2;

    // normalizer_spec { add_dummy_prefix: false }. Protocol buffers laid together are merged, and the last value counts.
    private static readonly byte[] NoDummyPrefix = [0x1A, 0x02, 0x18, 0x00];

    private readonly byte[] _bytes;

    private SentencePieceModel(byte[] bytes, List<SentencePiece> pieces)
    {
        _bytes = bytes;
        Pieces = pieces;
    }

    public IReadOnlyList<SentencePiece> Pieces { get; }

    private int ModelType { get; set; } = Unigram;

    private int BeginId { get; set; } = 1;

    private int EndId { get; set; } = 2;

    private bool HasCharacterMap { get; set; }

    private bool AddsDummyPrefix { get; set; } = true;

    private bool RemovesExtraSpaces { get; set; } = true;

    private bool EscapesSpaces { get; set; } = true;

    private bool PutsSpacesBehind { get; set; }

    /// <summary>Reads a model.</summary>
    /// <exception cref="InvalidDataException">The bytes are no such model.</exception>
    public static SentencePieceModel Read(byte[] bytes)
    {
        List<SentencePiece> pieces = [];
        SentencePieceModel model = new(bytes, pieces);
        try
        {
            using CodedInputStream input = new(bytes);
            ForEachField(input, (field, value) =>
            {
                switch (field)
                {
                    case 1:
                        pieces.Add(ReadPiece(value.ReadBytes()));
                        break;
                    case 2:
                        model.ReadTrainer(value.ReadBytes());
                        break;
                    case 3:
                        model.ReadNormalizer(value.ReadBytes());
                        break;
                    default:
                        value.SkipLastField();
                        break;
                }
            });
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidOperationException or ArgumentException)
        {
            throw new InvalidDataException(e.Message, e);
        }

        int empty = pieces.FindIndex(piece => piece.Text.Length == 0);
        return pieces.Count == 0 ? throw new InvalidDataException("There is no piece in it.")
            : empty >= 0 ? throw new InvalidDataException($"Piece {empty} has no text.")
            : model;
    }

    /// <summary>The tokenizer.</summary>
    /// <exception cref="InvalidDataException">Microsoft.ML.Tokenizers can't read the model.</exception>
    /// <exception cref="NotSupportedException">The model normalizes text in a way that is not supported.</exception>
    public TokenizerParts ToParts()
    {
        TokenizerParts parts = ModelType switch
        {
            Bpe => ToBpe().ToParts(),
            Unigram => new TokenizerParts
            {
                Tokenizer = Create(_bytes),
                Continuing = AddsDummyPrefix ? Create([.. _bytes, .. NoDummyPrefix]) : null,
                TokenBytes = TokenBytes(),
                BeginsWithSpace = AddsDummyPrefix,
            },
            _ => throw new NotSupportedException($"its model type is {ModelType}; expected Unigram (1) or BPE (2)"),
        };
        return parts with
        {
            SpecialTokens = OfType(SentencePieceType.Control, SentencePieceType.Unknown),
            AddedTokens = OfType(SentencePieceType.UserDefined),
            BeginOfSequenceId = BeginId < 0 ? null : BeginId,
            EndOfSequenceId = EndId < 0 ? null : EndId,
            VocabularySize = Pieces.Count,
        };
    }

    private SentencePieceRules ToBpe()
    {
        if (HasCharacterMap || !EscapesSpaces || PutsSpacesBehind)
        {
            throw new NotSupportedException(
                "its normalizer has a character map (precompiled_charsmap), keeps spaces (escape_whitespaces: false) or puts them behind words, which is not supported for BPE");
        }

        Dictionary<string, int> ids = Pieces.Select((piece, id) => (piece.Text, id)).ToDictionary(p => p.Text, p => p.id);
        Dictionary<string, int> normal = Pieces.Select((piece, id) => (piece, id)).Where(p => p.piece.Type == SentencePieceType.Normal).ToDictionary(p => p.piece.Text, p => p.id);
        int[]? bytes = SentencePieceRules.FindBytes(ids);
        int unknown = Pieces.ToList().FindIndex(piece => piece.Type == SentencePieceType.Unknown);
        return unknown < 0 && bytes is null
            ? throw new NotSupportedException("it has neither an unknown piece nor all byte pieces; text would be lost")
            : new SentencePieceRules
            {
                Pieces = normal,
                Merges = [.. normal.OrderByDescending(piece => Pieces[piece.Value].Score).ThenBy(piece => piece.Value).SelectMany(piece => Splits(piece.Key, normal))],
                TokenBytes = TokenBytes(),
                ByteIds = bytes,
                UnknownId = unknown,
                AddsDummyPrefix = AddsDummyPrefix,
                RemovesExtraSpaces = RemovesExtraSpaces,
            };
    }

    /// <summary>The pairs of pieces that make a piece.</summary>
    private static IEnumerable<string> Splits(string piece, Dictionary<string, int> ids) => Enumerable.Range(1, piece.Length - 1)
        .Where(i => ids.ContainsKey(piece[..i]) && ids.ContainsKey(piece[i..])).Select(i => $"{piece[..i]} {piece[i..]}");

    private byte[]?[] TokenBytes() => [.. Pieces.Select(piece => piece.ToBytes(SentencePieceBpe.Space))];

    private static SentencePieceTokenizer Create(byte[] bytes)
    {
        try
        {
            using MemoryStream stream = new(bytes);
            return SentencePieceTokenizer.Create(stream, addBeginningOfSentence: false, addEndOfSentence: false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    private Dictionary<string, int> OfType(params SentencePieceType[] types)
        => Pieces.Select((piece, id) => (piece, id)).Where(p => types.Contains(p.piece.Type)).ToDictionary(p => p.piece.Text, p => p.id);

    private static SentencePiece ReadPiece(ByteString bytes)
    {
        SentencePiece piece = new("", 0, SentencePieceType.Normal);
        ForEachField(bytes.CreateCodedInput(), (field, value) =>
        {
            switch (field)
            {
                case 1:
                    piece = piece with { Text = value.ReadString() };
                    break;
                case 2:
                    piece = piece with { Score = value.ReadFloat() };
                    break;
                case 3:
                    piece = piece with { Type = (SentencePieceType)value.ReadInt32() };
                    break;
                default:
                    value.SkipLastField();
                    break;
            }
        });
        return piece;
    }

    private void ReadTrainer(ByteString bytes) => ForEachField(bytes.CreateCodedInput(), (field, value) =>
    {
        switch (field)
        {
            case 3:
                ModelType = value.ReadInt32();
                break;
            case 24:
                PutsSpacesBehind = value.ReadBool();
                break;
            case 41:
                BeginId = value.ReadInt32();
                break;
            case 42:
                EndId = value.ReadInt32();
                break;
            default:
                value.SkipLastField();
                break;
        }
    });

    private void ReadNormalizer(ByteString bytes) => ForEachField(bytes.CreateCodedInput(), (field, value) =>
    {
        switch (field)
        {
            case 2:
                HasCharacterMap = value.ReadBytes().Length > 0;
                break;
            case 3:
                AddsDummyPrefix = value.ReadBool();
                break;
            case 4:
                RemovesExtraSpaces = value.ReadBool();
                break;
            case 5:
                EscapesSpaces = value.ReadBool();
                break;
            default:
                value.SkipLastField();
                break;
        }
    });

    private static void ForEachField(CodedInputStream input, Action<int, CodedInputStream> read)
    {
        while (input.ReadTag() is var tag and not 0)
        {
            read(WireFormat.GetTagFieldNumber(tag), input);
        }
    }
}
