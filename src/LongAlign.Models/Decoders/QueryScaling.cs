namespace LongAlign.Models.Decoders;

/// <summary>Queries that grow with their position p, by 1 + beta ln(1 + floor(p / context)), as in Llama 4 and Ministral 3.</summary>
/// <param name="Beta">The rate of growth.</param>
/// <param name="Context">The context that leaves them as they are.</param>
internal sealed record QueryScaling(double Beta, int Context);
