namespace LongAlign.Solution.Tests.Architecture;

/// <summary>A name in one namespace for something declared in another.</summary>
/// <param name="From">The namespace that names it.</param>
/// <param name="To">The namespace that declares it.</param>
/// <param name="Place">File and line.</param>
/// <param name="Symbol">What is named.</param>
internal sealed record SourceReference(string From, string To, string Place, string Symbol);
