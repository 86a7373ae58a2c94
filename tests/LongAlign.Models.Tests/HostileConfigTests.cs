using System.Diagnostics;
using System.Text;
using CsCheck;
using LongAlign.Safetensors;

namespace LongAlign.Models.Tests;

/// <summary>Configurations that were damaged or made up: each is read, or refused by an exception that says why.</summary>
public sealed class HostileConfigTests
{
    private static readonly string[] Pieces =
    [
        "0", "-1", "1e999", "99999999999999999999", "2147483647", "65536", "67108864", "null", "true", "{}", "[]", "\"\"", "\"\\ud800\"", "0.5", "[[[[[[[[",
        "{\"a\":{\"a\":{}}}", ",", ":", "\"", "\\", "\0", "é",
    ];

    /// <summary>Bytes changed, pieces put in, parts cut out or doubled, one to three times.</summary>
    private static readonly Gen<byte[]> Damaged =
        from family in Gen.OneOf([.. TinyModel.All.Select(Gen.Const)])
        from changes in Gen.Select(Gen.Int[0, 8], Gen.Double[0, 1], Gen.Double[0, 1], Gen.Byte, Gen.OneOf([.. Pieces.Select(Gen.Const)])).Array[1, 3]
        select changes.Aggregate(Encoding.UTF8.GetBytes(TinyModel.JsonOf(family).ToJsonString()), (json, change) => Damage(json, change));

    [Fact]
    [Trait("Speed", "Slow")]
    public void Damaged_configurations_are_read_or_refused_and_nothing_else_and_take_little_memory()
    {
        using TemporaryFolder folder = new();
        using (CausalLanguageModel model = TinyModel.Create("llama"))
        {
            model.SavePretrained(folder);
        }

        (int read, int refused, int loaded) = (0, 0, 0);
        Stopwatch clock = new();
        Damaged.Sample(
            json =>
            {
                string path = folder.Write("config.json", json);
                clock.Restart();
                long before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    ModelConfig.Load(folder);
                    read++;
                }
                catch (InvalidDataException e)
                {
                    Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
                    refused++;
                }

                // 65,536 layers with a window each are half a megabyte.
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (200 * json.Length) + 2_000_000);
                if ((read + refused) % 10 == 0)
                {
                    loaded += TryLoad(folder) ? 1 : 0;
                }

                Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), Encoding.UTF8.GetString(json));
            },
            iter: Mutations.Count,
            threads: 1);
        Assert.True(read > Mutations.Count / 25 && refused > Mutations.Count / 3 && (loaded > 0 || Mutations.Count < 10_000), $"{read} read, {refused} refused, {loaded} loaded.");
    }

    /// <summary>The sizes that a configuration claims are compared with the weights before memory is asked for.</summary>
    [Theory]
    [InlineData("vocab_size", 67_108_864, "has shape [29, 16], expected [67108864, 16]")]
    [InlineData("intermediate_size", 67_108_864, "has shape [24, 16], expected [67108864, 16]")]
    [InlineData("num_hidden_layers", 65_536, "it has 65536 layers, and there are 21 weights")]
    [InlineData("head_dim", 65_536, "has shape [16, 16], expected [262144, 16]")]
    public void A_model_far_larger_than_its_weights_is_refused_before_it_is_made(string key, int value, string expected)
    {
        using TemporaryFolder folder = new();
        using (CausalLanguageModel model = TinyModel.Create("llama"))
        {
            model.SavePretrained(folder);
        }

        TinyModel.With((key, value)).Save(folder);
        Assert.Contains(expected, Assert.Throws<SafetensorsException>(() => CausalLanguageModel.FromPretrained(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_far_larger_than_a_configuration_is_refused_unread()
    {
        using TemporaryFolder folder = new();
        using (FileStream file = File.Create(folder.File("config.json")))
        {
            file.SetLength(1L << 32);
        }

        Assert.Contains("has 4294967296 bytes; expected a configuration of", Assert.Throws<InvalidDataException>(() => ModelConfig.Load(folder)).Message, StringComparison.Ordinal);
    }

    private static bool TryLoad(string folder)
    {
        try
        {
            CausalLanguageModel.FromPretrained(folder).Dispose();
            return true;
        }
        catch (Exception e) when (e is InvalidDataException or SafetensorsException)
        {
            return false;
        }
    }

    private static byte[] Damage(byte[] json, (int Kind, double From, double To, byte Value, string Piece) change)
    {
        int from = (int)(change.From * json.Length);
        int to = Math.Min(json.Length, from + 1 + (int)(change.To * 12));
        byte[] piece = Encoding.UTF8.GetBytes(change.Piece);
        return change.Kind switch
        {
            0 => [.. json[..from], change.Value, .. json[to..]],
            1 => [.. json[..from], .. piece, .. json[from..]],
            2 => [.. json[..from], .. json[to..]],
            3 => [.. json[..to], .. json[from..]],
            4 or 5 => ReplaceValue(json, from, piece),
            _ => ReplaceDigit(json, from, change.Value),
        };
    }

    /// <summary>The value after the next colon is another: most faults that are well-formed are of this kind.</summary>
    private static byte[] ReplaceValue(byte[] json, int from, byte[] piece)
    {
        int colon = Array.IndexOf(json, (byte)':', from);
        int end = colon < 0 ? -1 : Array.IndexOf(json, (byte)',', colon);
        return end < 0 ? json : [.. json[..(colon + 1)], .. piece, .. json[end..]];
    }

    private static byte[] ReplaceDigit(byte[] json, int from, byte value)
    {
        int digit = json.AsSpan(from).IndexOfAnyInRange((byte)'0', (byte)'9');
        return digit < 0 ? json : [.. json[..(from + digit)], (byte)('0' + (value % 10)), .. json[(from + digit + 1)..]];
    }
}
