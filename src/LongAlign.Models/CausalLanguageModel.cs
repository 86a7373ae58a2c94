using LongAlign.Collation;
using LongAlign.Models.Adapters;
using LongAlign.Models.Llama;
using LongAlign.Safetensors;
using LongAlign.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models;

/// <summary>A decoder that predicts each token from those before it in its own sequence.</summary>
/// <remarks>Every forward leaves one tensor alive, the one that it returns. Not thread-safe.</remarks>
public abstract class CausalLanguageModel : nn.Module<Tensor, Tensor, PackLayout, Tensor>, ICausalLanguageModel, IGradientCheckpointing, ICheckpointable
{
    private protected CausalLanguageModel(string name)
        : base(name)
    {
    }

    /// <inheritdoc/>
    public abstract int VocabularySize { get; }

    /// <inheritdoc/>
    public abstract int MaxPositions { get; }

    /// <inheritdoc/>
    public abstract Tensor? OutputWeight { get; }

    /// <inheritdoc/>
    public bool GradientCheckpointing { get; set; }

    /// <summary>The adapter of <c>AddLora</c> or <c>LoadLora</c>; null without one.</summary>
    public LoraAdapter? Adapter { get; internal set; }

    /// <summary>Reads a model from a Hugging Face folder: <c>config.json</c> and safetensors, in one file or in shards.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="dtype">The dtype of the weights in memory.</param>
    /// <param name="device">Where the model goes; the CPU by default.</param>
    /// <returns>A model that the caller owns.</returns>
    /// <exception cref="FileNotFoundException">The folder has no <c>config.json</c>.</exception>
    /// <exception cref="InvalidDataException">The configuration is damaged, or of a family that is not supported.</exception>
    /// <exception cref="SafetensorsException">Weights are missing or damaged, or don't fit the configuration.</exception>
    public static CausalLanguageModel FromPretrained(string folder, ScalarType dtype = ScalarType.Float32, Device? device = null)
    {
        string type = ModelFolder.ReadModelType(folder);
        return type switch
        {
            "llama" => LlamaForCausalLM.Load(folder, dtype, device),
            _ => throw new InvalidDataException($"{Path.Combine(folder, ModelFolder.ConfigFile)} has model_type '{type}'; supported: llama."),
        };
    }

    /// <summary>Writes a Hugging Face folder: <c>config.json</c> and <c>model.safetensors</c>, or shards with an index.</summary>
    /// <param name="folder">The folder; made if it does not exist.</param>
    /// <param name="maxShardBytes">The most bytes of weights in a file; 5 GB by default.</param>
    /// <exception cref="InvalidOperationException">The model has an adapter that is not merged: the folder would lack what it learnt.</exception>
    public void SavePretrained(string folder, long maxShardBytes = 5_000_000_000)
    {
        if (Adapter is { IsMerged: false })
        {
            throw new InvalidOperationException(
                "The model has an adapter that is not merged, and a model folder holds none. Save the adapter alone with Adapter.Save(folder), or call Adapter.Merge() first.");
        }

        SafetensorsFolder.Write(
            folder,
            [.. named_parameters().Where(named => Adapter?.Owns(named.parameter) != true).Select(named => KeyValuePair.Create(named.name, (Tensor)named.parameter))],
            maxShardBytes);
        SaveConfig(folder);
    }

    /// <summary>Writes what training changes: the adapter alone, as a PEFT folder, where there is one that is not merged; else the whole model.</summary>
    /// <param name="folder">The folder.</param>
    public virtual void SaveWeights(string folder)
    {
        if (Adapter is { IsMerged: false })
        {
            Adapter.Save(folder);
        }
        else
        {
            SavePretrained(folder);
        }
    }

    /// <inheritdoc/>
    public virtual void LoadWeights(string folder)
    {
        if (Adapter is { IsMerged: false })
        {
            Adapter.LoadWeights(folder);
        }
        else
        {
            ModelFolder.LoadWeights(this, folder, isImplied: _ => false);
        }
    }

    /// <inheritdoc/>
    public abstract Tensor GetHiddenStates(Tensor inputIds, Tensor positionIds, PackLayout layout);

    /// <inheritdoc/>
    public abstract Tensor GetLogits(Tensor hiddenStates);

    /// <summary>Logits of every token.</summary>
    /// <param name="inputIds">Token ids, int64 [tokens].</param>
    /// <param name="positionIds">Positions, int64 [tokens], from 0 in every sequence.</param>
    /// <param name="layout">Where the sequences lie.</param>
    /// <returns>[tokens, vocabulary].</returns>
    public override Tensor forward(Tensor inputIds, Tensor positionIds, PackLayout layout)
    {
        using DisposeScope scope = NewDisposeScope();
        return GetLogits(GetHiddenStates(inputIds, positionIds, layout)).MoveToOuterDisposeScope();
    }

    private protected abstract void SaveConfig(string folder);
}
