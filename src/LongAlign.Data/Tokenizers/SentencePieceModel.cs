using System.Text;
using Google.Protobuf;

namespace LongAlign.Data;

/// <summary>A SentencePiece model: its pieces, and what its protocol buffer says of normalization.</summary>
internal sealed class SentencePieceModel
{
    private const int Unigram = 1;
    private const int Bpe = 2;
    private const int Characters = 4;

    private SentencePieceModel(List<SentencePiece> pieces) => Pieces = pieces;

    public IReadOnlyList<SentencePiece> Pieces { get; }

    private int ModelType { get; set; } = Unigram;

    private int BeginId { get; set; } = 1;

    private int EndId { get; set; } = 2;

    private bool HasByteFallback { get; set; }

    private string UnknownSurface { get; set; } = " \u2047 ";

    private byte[] CharacterMapBytes { get; set; } = [];

    private SentencePieceText Text { get; set; } = new();

    private bool PutsSpacesBehind { get; set; }

    private bool ChangesDecodedText { get; set; }

    /// <summary>Reads a model.</summary>
    /// <exception cref="InvalidDataException">The bytes are not such a model.</exception>
    public static SentencePieceModel Read(byte[] bytes)
    {
        List<SentencePiece> pieces = [];
        SentencePieceModel model = new(pieces);
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
                    case 5:
                        model.ReadDenormalizer(value.ReadBytes());
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
    /// <exception cref="InvalidDataException">The model contradicts itself.</exception>
    /// <exception cref="NotSupportedException">The model does something that is not supported.</exception>
    public TokenizerParts ToParts()
    {
        if (ModelType is not (Unigram or Bpe or Characters) || PutsSpacesBehind || ChangesDecodedText)
        {
            throw new NotSupportedException(
                PutsSpacesBehind ? "it puts spaces behind words (treat_whitespace_as_suffix), which is not supported"
                : ChangesDecodedText ? "it changes decoded text (denormalizer_spec), which is not supported"
                : $"its model type is {ModelType}; expected Unigram (1), BPE (2) or characters (4)");
        }

        SentencePieceText text = Text with { Map = CharacterMapBytes.Length > 0 ? new CharacterMap(CharacterMapBytes) : null };
        Dictionary<string, int> ids = Pieces.Index().ToDictionary(piece => piece.Item.Text, piece => piece.Index);
        int[] unknown = [.. OfType(SentencePieceType.Unknown).Values];
        int[]? bytes = HasByteFallback ? FindBytes(ids) : null;
        if (unknown.Length != 1)
        {
            throw new InvalidDataException($"it has {unknown.Length} pieces for unknown text; expected one");
        }

        return new TokenizerParts
        {
            Encoder = ModelType == Unigram ? new SentencePieceUnigram(Pieces, text, unknown[0], bytes) : ToEncoder(text, unknown[0], bytes),
            SpecialTokens = OfType(SentencePieceType.Control, SentencePieceType.Unknown),
            OrdinaryTokens = OfType(SentencePieceType.UserDefined),
            TokenBytes = [.. Pieces.Select(piece => piece.Type == SentencePieceType.Unknown ? Encoding.UTF8.GetBytes(UnknownSurface) : piece.ToBytes())],
            WrittenId = unknown[0],
            LeadingSpaces = text.RemovesExtraSpaces ? LeadingSpaces.RemovedOfEachToken : text.AddsPrefix ? LeadingSpaces.FirstRemoved : LeadingSpaces.Kept,
            BeginOfSequenceId = BeginId < 0 ? null : BeginId,
            EndOfSequenceId = EndId < 0 ? null : EndId,
            VocabularySize = Pieces.Count,
        };
    }

    private SentencePieceEncoder ToEncoder(SentencePieceText text, int unknown, int[]? bytes)
    {
        if (Pieces.Any(piece => piece.Type == SentencePieceType.Unused))
        {
            throw new NotSupportedException("it has pieces that are not used, which is not supported for BPE");
        }

        Dictionary<string, int> normal = OfType(SentencePieceType.Normal);
        Dictionary<string, int> @fixed = OfType(SentencePieceType.UserDefined);
        BpeMerges merges = new();
        if (ModelType == Bpe)
        {
            // Of pieces with the same score, the leftmost is merged first.
            int[] ranks = new int[Pieces.Count];
            foreach ((int rank, IGrouping<float, int> same) in normal.Values.GroupBy(id => Pieces[id].Score).OrderByDescending(score => score.Key).Index())
            {
                foreach (int id in same)
                {
                    ranks[id] = rank;
                }
            }

            var lookup = normal.GetAlternateLookup<ReadOnlySpan<char>>();
            foreach ((string piece, int id) in normal)
            {
                for (int i = 1; i < piece.Length; i++)
                {
                    if (lookup.TryGetValue(piece.AsSpan(0, i), out int left) && lookup.TryGetValue(piece.AsSpan(i), out int right))
                    {
                        merges.Add(left, right, ranks[id], id);
                    }
                }
            }
        }

        BpeModel model = new(normal, merges) { UnknownId = unknown, FusesUnknown = true, Fallback = bytes };
        return new SentencePieceEncoder(text, @fixed, model, SpaceWords.AreSafe(normal.Keys));
    }

    private static int[] FindBytes(Dictionary<string, int> ids)
    {
        int[] bytes = BpeModel.FindBytes(ids);
        return bytes.Contains(-1) ? throw new InvalidDataException("it has byte_fallback, and not a piece for each of the bytes <0x00> to <0xFF>") : bytes;
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
            case 35:
                HasByteFallback = value.ReadBool();
                break;
            case 41:
                BeginId = value.ReadInt32();
                break;
            case 42:
                EndId = value.ReadInt32();
                break;
            case 44:
                UnknownSurface = value.ReadString();
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
                CharacterMapBytes = value.ReadBytes().ToByteArray();
                break;
            case 3:
                Text = Text with { AddsPrefix = value.ReadBool() };
                break;
            case 4:
                Text = Text with { RemovesExtraSpaces = value.ReadBool() };
                break;
            case 5:
                Text = Text with { EscapesSpaces = value.ReadBool() };
                break;
            default:
                value.SkipLastField();
                break;
        }
    });

    private void ReadDenormalizer(ByteString bytes) => ForEachField(bytes.CreateCodedInput(), (field, value) =>
    {
        if (field == 2)
        {
            ChangesDecodedText = value.ReadBytes().Length > 0;
        }
        else
        {
            value.SkipLastField();
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
