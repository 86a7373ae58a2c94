using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using LongAlign.Collation;
using LongAlign.Sequences;
using Tensor = TorchSharp.torch.Tensor;

namespace LongAlign.Training;

/// <summary>Ids outside the vocabulary would read outside the embedding; they are found on the CPU, before the model runs.</summary>
internal static class VocabularyCheck
{
    public static void ThrowIfOutside(TrainingBatch batch, MicroBatch microBatch, ISequenceDataset dataset, int vocabularySize, string kind = "")
    {
        Check(batch.InputIds, "Input id");
        Check(batch.Labels, "Label");

        void Check(Tensor tensor, string what)
        {
            ReadOnlySpan<long> ids = MemoryMarshal.Cast<byte, long>(tensor.bytes);
            if (TensorPrimitives.Max(ids) < vocabularySize)
            {
                return;
            }

            int position = ids.IndexOfAnyExceptInRange(long.MinValue, vocabularySize - 1);
            ReadOnlySpan<int> cuSeqLens = batch.Layout.CuSeqLens;
            int sequence = cuSeqLens.BinarySearch(position) is var found && found >= 0 ? found : ~found - 1;
            throw new InvalidDataException(
                $"{what} {ids[position]} at position {position - cuSeqLens[sequence]} of {kind}{dataset.NameOf(microBatch.Indices.Span[sequence])} is outside the model's vocabulary of {vocabularySize}.");
        }
    }
}
