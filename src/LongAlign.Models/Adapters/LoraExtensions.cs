using LongAlign.Safetensors;
using LongAlign.Training;

namespace LongAlign.Models.Adapters;

/// <summary>Adapters of a model, and of a trainer that is being built.</summary>
public static class LoraExtensions
{
    /// <summary>Freezes a model and adds adapters, which alone are trained from then on. At first the model computes what it did.</summary>
    /// <param name="model">The model, on its device; it owns the adapter's tensors.</param>
    /// <param name="options">The options of the adapters; every linear map with rank 8 by default.</param>
    /// <returns>The adapter, also <see cref="CausalLanguageModel.Adapter"/>.</returns>
    /// <exception cref="ArgumentException">An option is out of range, or a target stands for no linear map of the model.</exception>
    /// <exception cref="InvalidOperationException">The model has an adapter already.</exception>
    /// <example>
    /// <code>
    /// LoraAdapter adapter = model.AddLora(new LoraOptions { Rank = 16, Alpha = 32, Targets = ["q_proj", "v_proj"] });
    /// // train …
    /// adapter.Save("adapter");    // a PEFT folder
    /// adapter.Merge();
    /// model.SavePretrained("merged");    // a model that needs no adapter
    /// </code>
    /// </example>
    public static LoraAdapter AddLora(this CausalLanguageModel model, LoraOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return LoraAdapter.Add(model, options ?? new LoraOptions());
    }

    /// <summary>Freezes a model and adds the adapter of a PEFT folder, written here or by PEFT.</summary>
    /// <param name="model">The model that the adapter was made for; it owns the adapter's tensors.</param>
    /// <param name="folder">A folder with <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</param>
    /// <param name="trainable">Whether the adapter can be trained further.</param>
    /// <returns>The adapter, also <see cref="CausalLanguageModel.Adapter"/>.</returns>
    /// <exception cref="FileNotFoundException">The folder lacks a file.</exception>
    /// <exception cref="InvalidDataException">The configuration is damaged, or asks for what is not supported; the message names file and key.</exception>
    /// <exception cref="SafetensorsException">Weights are missing or damaged, or don't fit the configuration and the model.</exception>
    /// <exception cref="InvalidOperationException">The model has an adapter already.</exception>
    public static LoraAdapter LoadLora(this CausalLanguageModel model, string folder, bool trainable = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        return LoraAdapter.Load(model, folder, trainable);
    }

    /// <summary>Trains adapters instead of the model (<see cref="AddLora"/>), which are added when the trainer is built.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="rank">The rank of the updates.</param>
    /// <param name="alpha">Updates are scaled by alpha / rank.</param>
    /// <param name="targets">The ends of the names of the linear maps; all but the vocabulary projection by default.</param>
    /// <returns>The builder.</returns>
    /// <remarks>Adapters want a learning rate some ten times that of the whole model, such as 2e-4.</remarks>
    /// <example>
    /// <code>
    /// LongAlignTrainer trainer = LongAlignTrainer.CreateBuilder()
    ///     .UseModel(model)
    ///     .UseLoRA(rank: 16, alpha: 32, "q_proj", "v_proj")
    ///     .UseDataset(dataset)
    ///     .UsePacking()
    ///     .UseAdamW(learningRate: 2e-4)
    ///     .Build();
    /// await trainer.TrainAsync();
    /// model.Adapter!.Save("adapter");
    /// </code>
    /// </example>
    public static LongAlignTrainerBuilder UseLoRA(this LongAlignTrainerBuilder builder, int rank = 8, double alpha = 16, params string[] targets)
        => builder.UseLoRA(new LoraOptions { Rank = rank, Alpha = alpha, Targets = targets is [] ? [LoraOptions.AllLinear] : targets });

    /// <summary>Trains adapters instead of the model (<see cref="AddLora"/>), which are added when the trainer is built.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="options">The options of the adapters.</param>
    /// <returns>The builder.</returns>
    public static LongAlignTrainerBuilder UseLoRA(this LongAlignTrainerBuilder builder, LoraOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        return builder.ConfigureModel<CausalLanguageModel>(model => model.AddLora(options));
    }
}
