using System.Globalization;

namespace LongAlign.Models.Adapters;

/// <summary>The longer context that an adapter was trained with, where its base has a shorter one.</summary>
/// <param name="BaseTheta">The base of the rotary embedding that the base model has.</param>
/// <param name="Theta">The one that the adapter was trained with.</param>
/// <param name="MaxPositions">The most positions then.</param>
internal sealed record AdapterContext(double BaseTheta, double Theta, int MaxPositions)
{
    /// <summary>The key in the configuration of an adapter, which PEFT passes over with a warning.</summary>
    public const string Key = "longalign_context";

    /// <summary>Returns the context of a model; null where it is that of its folder.</summary>
    public static AdapterContext? Of(CausalLanguageModel model)
        => model.Config.RopeTheta == model.BaseConfig.RopeTheta && model.Config.MaxPositions == model.BaseConfig.MaxPositions
            ? null
            : new(model.BaseConfig.RopeTheta, model.Config.RopeTheta, model.Config.MaxPositions);

    /// <summary>Whether a model has this context.</summary>
    public bool Fits(CausalLanguageModel model) => IsClose(model.Config.RopeTheta, Theta) && model.Config.MaxPositions >= MaxPositions;

    /// <summary>Gives a model this context.</summary>
    /// <exception cref="InvalidDataException">The model is neither the adapter's base nor the base with this context.</exception>
    public void ApplyTo(CausalLanguageModel model, string folder)
    {
        if (Fits(model))
        {
            return;
        }

        bool sameTheta = IsClose(model.Config.RopeTheta, Theta);
        if (!sameTheta && !IsClose(model.Config.RopeTheta, BaseTheta))
        {
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"{folder} was trained with a rotary base of {Theta:R} on a model of {BaseTheta:R}; this model has {model.Config.RopeTheta:R}."));
        }

        model.ExtendContext(sameTheta ? 1 : Theta / model.Config.RopeTheta, Math.Max(MaxPositions, model.MaxPositions));
    }

    private static bool IsClose(double a, double b) => Math.Abs(a - b) <= 1e-9 * Math.Abs(b);
}
