using CsCheck;
using LongAlign.Models.Adapters;
using LongAlign.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests.Adapters;

/// <summary>Damaged and hostile PEFT folders: each loads or is refused, and none costs more than its size.</summary>
[Trait("Speed", "Slow")]
public sealed class PeftFuzzTests : IDisposable
{
    private static readonly int Iterations = Mutations.Count;
    private const int BytesPerByte = 16;
    private const int FixedBytes = 384 << 10; // the model's parts, names, handles and the exception, whatever the file's size

    private readonly CausalLanguageModel _model = TinyAdapters.Model();
    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _config;
    private readonly byte[] _weights;

    public PeftFuzzTests()
    {
        _model.AddLora(new LoraOptions { Rank = 2, Targets = ["q_proj", "v_proj"] }).WithValues().Save(_folder);
        _config = File.ReadAllBytes(_folder.File(AdapterConfig.FileName));
        _weights = File.ReadAllBytes(_folder.File(AdapterFile.FileName));

        Assert.True(TryRead());

        // What earlier tests have left to the collector would be gone in the middle of a count.
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    [Fact]
    public void A_mutated_configuration_is_read_or_refused()
    {
        (int read, int refused, long worst) = (0, 0, 0);
        Mutated(_config, _config.Length).Sample(
            bytes =>
            {
                _folder.Write(AdapterConfig.FileName, bytes);
                worst = Math.Max(worst, Measure(() => Count(TryRead(), ref read, ref refused)) - (BytesPerByte * (long)bytes.Length));
            },
            iter: Iterations,
            threads: 1);
        Assert.True(refused > Iterations / 10, $"{read} read, {refused} refused."); // how many of few are read is chance
        Assert.True(worst < FixedBytes, $"{worst} bytes beside {BytesPerByte} for each of the file.");
    }

    [Fact]
    public void Mutated_weights_are_read_or_refused()
    {
        (int read, int refused, long worst) = (0, 0, 0);
        int header = 8 + BitConverter.ToInt32(_weights);
        Mutated(_weights, header).Sample(
            bytes =>
            {
                _folder.Write(AdapterFile.FileName, bytes);
                worst = Math.Max(worst, Measure(() => Count(TryRead(), ref read, ref refused)) - (BytesPerByte * (long)bytes.Length));
            },
            iter: Iterations,
            threads: 1);
        Assert.True(refused > Iterations / 10, $"{read} read, {refused} refused."); // how many of few are read is chance
        Assert.True(worst < FixedBytes, $"{worst} bytes beside {BytesPerByte} for each of the file.");
    }

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    /// <summary>One to three changes: a byte, an inserted piece of JSON (nesting, huge numbers, odd text), a piece doubled, or the end cut off.</summary>
    private static Gen<byte[]> Mutated(byte[] whole, int hot)
    {
        byte[][] pieces =
        [
            .. new[]
            {
                "\"", "\\", "{", "}", "[", "]", ":", ",", "-", "e9", "1e999", "99999999999999999999", "2147483647", "-1", "null", "true", "\\ud800", "\"r\": 1000000000,",
                "\"use_dora\": true,", "\"r\": null,", new string('[', 2_000), new string('9', 2_000), "\"a\": {\"b\": {\"c\": []}},", "base_model.", "\0",
            }.Select(System.Text.Encoding.UTF8.GetBytes),
            [0xFF, 0xFE],
            [0xEF, 0xBB, 0xBF],
        ];
        Gen<(int Kind, int Position, byte Value, int Piece)> change =
            Gen.Select(Gen.Int[0, 7], Gen.Frequency((4, Gen.Int[0, hot - 1]), (1, Gen.Int[0, whole.Length - 1])), Gen.Byte, Gen.Int[0, pieces.Length - 1]);
        return change.Array[1, 3].Select(changes =>
        {
            List<byte> bytes = [.. whole];
            foreach ((int kind, int position, byte value, int piece) in changes)
            {
                int at = Math.Min(position, bytes.Count);
                switch (kind)
                {
                    case 0 or 1 when at < bytes.Count:
                        bytes[at] = value;
                        break;
                    case 2 or 3 when at < bytes.Count:
                        bytes[at] = (byte)(bytes[at] ^ (1 << (value % 8)));
                        break;
                    case 4 or 5:
                        bytes.InsertRange(at, pieces[piece]);
                        break;
                    case 6:
                        bytes.InsertRange(at, bytes.GetRange(at, Math.Min(value, bytes.Count - at)));
                        break;
                    default:
                        bytes.RemoveRange(at, value < 64 ? bytes.Count - at : Math.Min(1, bytes.Count - at));
                        break;
                }
            }

            return bytes.ToArray();
        });
    }

    private static void Count(bool isRead, ref int read, ref int refused) => _ = isRead ? read++ : refused++;

    /// <summary>Managed bytes that an action allocates.</summary>
    private static long Measure(Action action)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>Reads the folder as a model does; false where it is refused. Any other exception fails the test.</summary>
    private bool TryRead()
    {
        long before = Tensor.TotalCount;
        try
        {
            AdapterConfig config = AdapterConfig.Read(_folder);
            using AdapterFile file = AdapterFile.Open(_folder, config, _model);
            foreach ((string name, IAdaptable part) in file.Targets)
            {
                (int rank, double scaling) = new UpdateSizes(config.Options).Of(name);
                using LowRankUpdate update = new(part, rank, scaling, config.Options);
                file.CopyTo(name, part, update);
            }

            return true;
        }
        catch (Exception e) when (e is SafetensorsException or InvalidDataException)
        {
            Assert.Contains(_folder, e.Message, StringComparison.Ordinal);
            Assert.Equal(before, Tensor.TotalCount); // refused before a tensor is made
            return false;
        }
    }
}
