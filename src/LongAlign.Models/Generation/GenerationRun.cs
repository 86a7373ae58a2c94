using System.Runtime.InteropServices;
using LongAlign.Collation;
using LongAlign.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Generation;

/// <summary>The state of one generation: prompts not yet begun, sequences that go on, and what is known of each.</summary>
internal sealed class GenerationRun : IDisposable
{
    /// <summary>Prompts are packed up to this many tokens, so that the memory of a pass does not grow with their number.</summary>
    private const int PromptTokens = 16_384;

    private readonly CausalLanguageModel _model;
    private readonly GenerationOptions _options;
    private readonly HashSet<int> _stopTokens;
    private readonly TokenSampler _sampler;
    private readonly Queue<OpenSequence> _waiting;
    private readonly List<OpenSequence> _open = [];
    private readonly UndisturbedTraining _undisturbed;

    public GenerationRun(CausalLanguageModel model, IReadOnlyList<IReadOnlyList<int>> prompts, GenerationOptions options)
    {
        _model = model;
        _options = options;
        _stopTokens = [.. options.StopTokenIds ?? model.Config.StopTokenIds];
        _sampler = new TokenSampler(options);
        _waiting = new Queue<OpenSequence>(prompts.Select((prompt, i) => new OpenSequence(i, prompt)));
        _undisturbed = new UndisturbedTraining(model); // an adapter's dropout is for training
    }

    public bool IsDone => _waiting.Count == 0 && _open.Count == 0;

    /// <summary>One more token of every sequence, or the first of prompts that have been waiting.</summary>
    public IReadOnlyList<GeneratedToken> Step()
    {
        using var noGrad = no_grad();
        using DisposeScope scope = NewDisposeScope();
        List<OpenSequence> sequences = _waiting.Count > 0 ? Begin() : [.. _open];
        Tensor hidden = sequences[0].Next is null ? ReadPrompts(sequences) : ReadNext(ref sequences);
        Tensor logits = _model.GetLogits(hidden).to(ScalarType.Float32).cpu().contiguous(); // [sequences, vocabulary]
        ReadOnlySpan<float> rows = MemoryMarshal.Cast<byte, float>(logits.bytes);
        GeneratedToken[] tokens = new GeneratedToken[sequences.Count];
        for (int i = 0; i < tokens.Length; i++)
        {
            tokens[i] = Take(sequences[i], rows.Slice(i * _model.VocabularySize, _model.VocabularySize));
        }

        return tokens;
    }

    public void Dispose()
    {
        foreach (OpenSequence sequence in _open)
        {
            sequence.Cache?.Dispose();
        }

        _undisturbed.Dispose();
    }

    private SequenceCache NewCache() => new(_model.Config.Decoder, _model.Dtype, _model.Device);

    private List<OpenSequence> Begin()
    {
        List<OpenSequence> begun = [];
        int tokens = 0;
        while (_waiting.TryPeek(out OpenSequence? next) && (begun.Count == 0 || tokens + next.Tokens.Count <= PromptTokens))
        {
            tokens += next.Tokens.Count;
            begun.Add(_waiting.Dequeue());
            next.Cache = NewCache();
            _open.Add(next);
        }

        return begun;
    }

    /// <summary>The hidden states of the last tokens of prompts, which are read in one pack, without padding.</summary>
    private Tensor ReadPrompts(List<OpenSequence> sequences)
    {
        PackLayout layout = PackLayout.FromLengths([.. sequences.Select(sequence => sequence.Tokens.Count)]);
        long[] ids = [.. sequences.SelectMany(sequence => sequence.Tokens).Select(id => (long)id)];
        long[] positions = [.. sequences.SelectMany(sequence => Enumerable.Range(0, sequence.Tokens.Count)).Select(position => (long)position)];
        Tensor hidden = _model.GetHiddenStates(OnDevice(ids), OnDevice(positions), layout, new PromptAttention(layout, Caches(sequences)));
        sequences.ForEach(sequence => sequence.Cache!.Length = sequence.Tokens.Count);
        return hidden.index_select(0, OnDevice([.. layout.CuSeqLens[1..].ToArray().Select(end => end - 1L)]));
    }

    /// <summary>
    /// The hidden states of the tokens chosen last. A sequence that grows into other frequencies (rope scaling by length) is read again from its
    /// beginning, since its keys were turned by the old ones; such sequences come first from then on.
    /// </summary>
    private Tensor ReadNext(ref List<OpenSequence> sequences)
    {
        OpenSequence[] anew = [.. sequences.Where(sequence => _model.Config.Decoder.Ropes.Any(rope => rope?.SameAt(sequence.Cache!.Length, sequence.Cache.Length + 1) == false))];
        if (anew is [])
        {
            return ReadTokens(sequences);
        }

        List<OpenSequence> others = [.. sequences.Except(anew)];
        sequences = [.. anew, .. others];
        List<Tensor> hidden = [];
        foreach (OpenSequence sequence in anew)
        {
            sequence.Cache!.Dispose();
            sequence.Cache = NewCache();
            hidden.Add(ReadPrompts([sequence]));
        }

        return others is [] ? cat(hidden, 0) : cat([.. hidden, ReadTokens(others)], 0);
    }

    private Tensor ReadTokens(List<OpenSequence> sequences)
    {
        Tensor ids = OnDevice([.. sequences.Select(sequence => (long)sequence.Next!.Value)]);
        Tensor positions = OnDevice([.. sequences.Select(sequence => (long)sequence.Cache!.Length)]);
        PackLayout layout = PackLayout.FromLengths([.. sequences.Select(_ => 1)]);
        Tensor hidden = _model.GetHiddenStates(ids, positions, layout, new CachedAttention(Caches(sequences)));
        sequences.ForEach(sequence => sequence.Cache!.Length++);
        return hidden;
    }

    private GeneratedToken Take(OpenSequence sequence, ReadOnlySpan<float> logits)
    {
        int token = _sampler.Choose(logits, UniformNoise.At(_options.Seed, sequence.Number, sequence.NewTokens));
        sequence.Next = token;
        sequence.Tokens.Add(token);
        sequence.NewTokens++;
        FinishReason? reason = _stopTokens.Contains(token) ? FinishReason.Stop
            : sequence.NewTokens == _options.MaxNewTokens || sequence.Cache!.Length == _model.MaxPositions ? FinishReason.Length
            : null;
        if (reason is not null)
        {
            sequence.Cache!.Dispose();
            _open.Remove(sequence);
        }

        return new GeneratedToken(sequence.Number, token, reason);
    }

    private Tensor OnDevice(long[] values) => tensor(values).to(_model.Device);

    private static SequenceCache[] Caches(List<OpenSequence> sequences) => [.. sequences.Select(sequence => sequence.Cache!)];

    /// <summary>An unfinished sequence.</summary>
    private sealed class OpenSequence(int number, IReadOnlyList<int> prompt)
    {
        public int Number => number;

        /// <summary>The prompt and what has been chosen since.</summary>
        public List<int> Tokens { get; } = [.. prompt];

        public SequenceCache? Cache { get; set; }

        /// <summary>The token chosen last, which the model has not read yet.</summary>
        public int? Next { get; set; }

        public int NewTokens { get; set; }
    }
}
