using System.Globalization;
using LongAlign.Batching;

namespace LongAlign.Cli.Planning;

/// <summary>The recommended batching, after all were played.</summary>
/// <param name="Method">The batching, as a recipe names it.</param>
/// <param name="GlobalBatchSize">Sequences of a step.</param>
/// <param name="TimeOverIdeal">The time of an epoch, over that of the real work alone.</param>
/// <param name="Evenness">The effective number of sequences, over their number.</param>
/// <param name="Text">The same in a sentence.</param>
internal sealed record PlanAdvice(string Method, int GlobalBatchSize, double TimeOverIdeal, double Evenness, string Text)
{
    private const double GoodEnough = 1.05;

    /// <summary>Advises packing; where devices would wait, doubles the global batch size until they do not, or it no longer helps.</summary>
    /// <param name="batchings">The played batchings.</param>
    /// <param name="lengths">Tokens of each sequence.</param>
    /// <param name="options">The options of the play.</param>
    public static PlanAdvice Of(IReadOnlyList<PlayedBatching> batchings, int[] lengths, PlayedBatchingOptions options)
    {
        PlayedBatching played = batchings.Single(batching => batching.Method == PlayedMethod.Packing);
        PlayedBatching best = played;
        for (int size = played.GlobalBatchSize!.Value; size <= lengths.Length / 2 && best.Timeline.TimeOverIdeal > GoodEnough;)
        {
            size *= 2;
            PlayedBatching larger = PlayedBatching.Play(PlayedMethod.Packing, lengths, options with { GlobalBatchSize = size, AccumulationSteps = null });
            best = larger.Timeline.TimeOverIdeal < best.Timeline.TimeOverIdeal ? larger : best;
        }

        PlayedBatching packsFirst = batchings.Where(batching => batching.Method is PlayedMethod.PacksInOrder or PlayedMethod.PacksBestFit or PlayedMethod.PacksBalanced)
            .MinBy(batching => batching.Timeline.TimeOverIdeal)!;
        PlayedBatching naive = batchings.Single(batching => batching.Method == PlayedMethod.Naive);
        string reason = best != played
            ? string.Create(CultureInfo.InvariantCulture, $" (raise it: with {played.GlobalBatchSize:N0} a step has too few tokens for its longest sequence, and an epoch takes {played.Timeline.TimeOverIdeal:F2} times the ideal time)")
            : played.Timeline.TimeOverIdeal > GoodEnough ? " (a step has too few tokens for its longest sequence, and with these data no larger one takes less time)"
            : "";
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"Take packing with a global batch size of {best.GlobalBatchSize:N0}{reason}: an epoch takes {best.Timeline.TimeOverIdeal:F2} times the ideal time at an evenness of {100 * best.Timeline.Evenness.Share:F1} %, with naive batching {naive.Timeline.TimeOverIdeal:F2} times, with {packsFirst.Name} {packsFirst.Timeline.TimeOverIdeal:F2} times at an evenness of {100 * packsFirst.Timeline.Evenness.Share:F1} %.");
        return new PlanAdvice("packing", best.GlobalBatchSize!.Value, best.Timeline.TimeOverIdeal, best.Timeline.Evenness.Share, text);
    }
}
