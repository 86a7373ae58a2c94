namespace LongAlign.Models.Decoders;

/// <summary>A feed-forward part of which every token uses a few experts.</summary>
/// <param name="Count">The experts of a layer.</param>
/// <param name="PerToken">The number that a token uses: the ones of the highest router scores.</param>
/// <param name="Width">The width inside an expert.</param>
/// <param name="Normalized">Whether the weights of the experts of a token are divided by their sum.</param>
/// <param name="SharedWidth">The width inside an expert that every token uses, behind a separate gate; null: there is none.</param>
internal sealed record ExpertDescription(int Count, int PerToken, int Width, bool Normalized, int? SharedWidth = null);
