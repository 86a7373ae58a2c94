using TorchSharp.Modules;

namespace LongAlign.Models.Adapters;

/// <summary>A part of a model that takes a low-rank update: a linear map or the embedding.</summary>
internal interface IAdaptable
{
    /// <summary>Of a linear map [outputs, inputs], of an embedding [ids, width].</summary>
    Parameter Weight { get; }

    /// <summary>[outputs]; null where there is none.</summary>
    Parameter? Bias { get; }

    /// <summary>Whether it is looked up by id.</summary>
    bool IsLookup { get; }

    /// <summary>The update that an adapter adds; null without one.</summary>
    LowRankUpdate? Update { get; }

    /// <summary>Adds an adapter's update, which this part owns from now on.</summary>
    void Attach(LowRankUpdate update);
}
